#include "core/merge/merge_input.h"

#include <utility>

#include "core/sstable/block_reader.h"
#include "core/sstable/common_prefix.h"

namespace varve {

MergeInput::MergeInput(std::unique_ptr<EntryCursor> cursor) : cursor_(std::move(cursor)), finished_(true) {}

void MergeInput::Feed(Slice block) {
  if (!ended_) blocks_.emplace_back(Block::New(block));
}

MergeInput::Step MergeInput::End() {
  blocks_.clear();
  cursor_.reset();
  in_block_ = false;
  ended_ = true;
  return Step::kEnd;
}

MergeInput::Step MergeInput::Advance(const MergeBounds& bounds) {
  if (ended_) return Step::kEnd;
  for (;;) {
    const Step step = cursor_ != nullptr ? AdvanceCursor() : AdvanceRun();
    if (step == Step::kEnd) return End();
    if (step != Step::kEntry) return step;
    if (bounds.upper != nullptr && !(key_ < *bounds.upper)) return End();
    if (!above_lower_ && bounds.lower != nullptr && key_ < *bounds.lower) continue;
    above_lower_ = true;  // keys ascend: no need to compare again
    word_ = LeadingWord(key_);
    return Step::kEntry;
  }
}

MergeInput::Step MergeInput::AdvanceRun() {
  for (;;) {
    if (!in_block_) {
      if (blocks_.empty()) return finished_ ? Step::kEnd : Step::kDry;
      BlockReader reader;
      if (!reader.Open(blocks_.front().bytes())) return Step::kCorrupt;
      scanner_.ContinueWith(reader);
      in_block_ = true;
    }
    const BlockScanner::Step step = scanner_.Next();
    if (step == BlockScanner::Step::kCorrupt) return Step::kCorrupt;
    if (step == BlockScanner::Step::kEntry) break;
    blocks_.pop_front();
    in_block_ = false;
  }
  key_ = scanner_.key();
  value_ = scanner_.value();
  sequence_ = scanner_.sequence();
  type_ = scanner_.type();
  return Step::kEntry;
}

MergeInput::Step MergeInput::AdvanceCursor() {
  const EntryCursor::State state = cursor_began_ ? cursor_->Next() : cursor_->SeekToFirst();
  cursor_began_ = true;
  if (state == EntryCursor::State::kEnd) return Step::kEnd;
  if (state != EntryCursor::State::kEntry) return Step::kCorrupt;
  key_ = cursor_->key();
  value_ = cursor_->value();
  sequence_ = cursor_->sequence();
  type_ = cursor_->type();
  return Step::kEntry;
}

}  // namespace varve
