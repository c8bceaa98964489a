#include "core/sstable/block_cursor.h"

namespace varve {

bool BlockCursor::Open(Slice block) {
  in_run_ = false;
  return block_.Open(block);
}

bool BlockCursor::StartAt(uint32_t restart) {
  in_run_ = false;
  return scanner_.StartAt(block_, restart);
}

BlockCursor::Step BlockCursor::SeekToFirst() { return StartAt(0) ? scanner_.Next() : Step::kCorrupt; }

BlockCursor::Step BlockCursor::SeekToLast() {
  if (!StartAt(block_.restart_count() - 1)) return Step::kCorrupt;
  Step step = scanner_.Next();
  while (step == Step::kEntry && scanner_.next() != block_.limit()) step = scanner_.Next();
  return step;
}

BlockCursor::Step BlockCursor::Seek(Slice key, uint64_t sequence) {
  uint32_t restart;
  if (!block_.FindRestart(key, sequence, &restart) || !StartAt(restart)) return Step::kCorrupt;
  for (;;) {
    const Step step = scanner_.Next();
    if (step != Step::kEntry) return step;
    const int order = scanner_.key().compare(key);
    if (order > 0 || (order == 0 && scanner_.sequence() <= sequence)) return step;
  }
}

BlockCursor::Step BlockCursor::SeekForPrevious(Slice key) {
  uint32_t restart;
  if (!block_.FindRestartAbove(key, &restart) || !StartAt(restart)) return Step::kCorrupt;
  for (;;) {
    const Step step = scanner_.Next();
    if (step != Step::kEntry) return step;
    if (scanner_.key().compare(key) > 0) return Previous();
    if (scanner_.next() == block_.limit()) return step;
  }
}

BlockCursor::Step BlockCursor::Next() {
  if (!in_run_) return scanner_.Next();
  if (++run_at_ < run_.size()) return Step::kEntry;
  // Behind the run: the scanner stands on its last entry.
  in_run_ = false;
  return scanner_.Next();
}

BlockCursor::Step BlockCursor::Previous() {
  if (in_run_ && run_at_ > 0) {
    run_at_--;
    return Step::kEntry;
  }
  const uint8_t* const target = in_run_ ? run_[0].at : scanner_.at();
  return target == block_.begin() ? Step::kEnd : DecodeRunBefore(target);
}

// Decodes from the last restart before `target`, the entry that it stands on, up to it and stands on the last entry of
// that run.
BlockCursor::Step BlockCursor::DecodeRunBefore(const uint8_t* target) {
  following_key_.Clear();
  following_key_.Append(key());
  const uint64_t following_sequence = sequence();
  uint32_t low = 0;
  uint32_t high = block_.restart_count();
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    const uint8_t* const at = block_.RestartAt(middle);
    if (at == nullptr) return Step::kCorrupt;
    (at < target ? low : high) = middle;
  }
  if (!StartAt(low)) return Step::kCorrupt;
  run_.clear();
  run_keys_.Clear();
  do {
    if (scanner_.Next() != Step::kEntry) return Step::kCorrupt;
    const Slice key = scanner_.key();
    run_.push_back({scanner_.at(), run_keys_.size(), key.size, scanner_.value(), scanner_.sequence(), scanner_.type()});
    run_keys_.Append(key);
  } while (scanner_.next() < target);
  if (scanner_.next() != target) return Step::kCorrupt;
  // The scanner has held the run's entries against each other; this holds the run against what was given out before it.
  const int order = scanner_.key().compare(following_key_.slice());
  if (order > 0 || (order == 0 && scanner_.sequence() <= following_sequence)) return Step::kCorrupt;
  in_run_ = true;
  run_at_ = run_.size() - 1;
  return Step::kEntry;
}

}  // namespace varve
