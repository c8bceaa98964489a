#include "core/sstable/sstable_cursor.h"

#include <utility>

namespace varve {

using Step = BlockScanner::Step;

SSTableCursor::SSTableCursor(std::shared_ptr<const SSTable> table, std::shared_ptr<BlockCache> cache,
                             MissingBlock* missing)
    : table_(std::move(table)), cache_(std::move(cache)), missing_(missing) {}

bool SSTableCursor::PrepareIndex() {
  if (index_ != nullptr) return true;
  const SSTable::Contents* const contents = table_->contents();
  if (contents == nullptr) {
    *missing_ = MissingBlock();
    missing_->kind = MissingBlock::Kind::kFile;
    missing_->file_number = table_->file_number();
    state_ = State::kStalled;
    return false;
  }
  index_ = &contents->index;
  first_block_ = index_->Find(table_->smallest_key());
  last_block_ = index_->Find(table_->largest_key());
  // Versions of the largest key may go on behind the block whose separator it is.
  while (last_block_ < index_->block_count() && index_->CompareSeparator(last_block_, table_->largest_key()) == 0) {
    last_block_++;
  }
  if (last_block_ >= index_->block_count()) last_block_ = index_->block_count() - 1;
  return true;
}

// Pins block i. On a miss the block that is pinned stays pinned and state_ is kStalled.
bool SSTableCursor::MoveToBlock(size_t i) {
  if (i == block_) return true;
  PinnedBlock pin = cache_->Lookup(table_->file_number(), index_->handle(i).offset);
  if (!pin) {
    index_->Describe(i, table_->file_number(), MissingBlock::Kind::kBlock, missing_);
    state_ = State::kStalled;
    return false;
  }
  if (pin.bytes().size != index_->handle(i).raw_length || !entries_.Open(pin.bytes())) {
    // A good copy may come under the same key: do not keep this one.
    block_ = kNoBlock;
    pin_.Unpin();
    index_->Describe(i, table_->file_number(), MissingBlock::Kind::kCorrupt, missing_);
    state_ = State::kCorrupt;
    return false;
  }
  pin_ = std::move(pin);
  block_ = i;
  return true;
}

EntryCursor::State SSTableCursor::Corrupt() {
  index_->Describe(block_, table_->file_number(), MissingBlock::Kind::kCorrupt, missing_);
  block_ = kNoBlock;
  pin_.Unpin();
  return state_ = State::kCorrupt;
}

size_t SSTableCursor::SeekStart(Slice key, uint64_t sequence) const {
  const Slice stalled(stalled_seek_key_.data(), stalled_seek_key_.size());
  if (stalled_seek_block_ != kNoBlock && stalled_seek_sequence_ == sequence && stalled == key)
    return stalled_seek_block_;
  return index_->Find(key);
}

EntryCursor::State SSTableCursor::Seek(Slice key, uint64_t sequence) {
  if (!PrepareIndex()) return state_;
  if (key < table_->smallest_key()) {
    key = table_->smallest_key();
    sequence = kMaxSequence;
  }
  const size_t start = SeekStart(key, sequence);
  stalled_seek_block_ = kNoBlock;
  for (size_t i = start; i <= last_block_; i++) {
    if (!MoveToBlock(i)) {
      if (state_ == State::kStalled && i != index_->Find(key)) {
        stalled_seek_block_ = i;
        stalled_seek_key_.assign(key.data, key.data + key.size);
        stalled_seek_sequence_ = sequence;
      }
      return state_;
    }
    const Step step = entries_.Seek(key, sequence);
    if (step == Step::kCorrupt) return Corrupt();
    if (step == Step::kEntry) return LimitForward();
  }
  return state_ = State::kEnd;
}

EntryCursor::State SSTableCursor::SeekForPrevious(Slice key) {
  if (!PrepareIndex()) return state_;
  stalled_seek_block_ = kNoBlock;
  if (table_->largest_key() < key) key = table_->largest_key();
  // The block in which the first key above `key` lies; behind it all keys are above.
  size_t i = index_->Find(key);
  while (i < last_block_ && index_->CompareSeparator(i, key) == 0) i++;
  if (i > last_block_) i = last_block_;
  if (i < first_block_) return state_ = State::kEnd;
  if (!MoveToBlock(i)) return state_;
  const Step step = entries_.SeekForPrevious(key);
  if (step == Step::kCorrupt) return Corrupt();
  if (step == Step::kEntry) return LimitBackward();
  return EnterBackward(i);
}

EntryCursor::State SSTableCursor::Next() {
  if (block_ == kNoBlock || (state_ != State::kEntry && state_ != State::kStalled)) return state_;
  // Stalled by a Next: the block behind the one that is pinned was missing.
  if (state_ == State::kStalled) return EnterForward(block_);
  const Step step = entries_.Next();
  if (step == Step::kCorrupt) return Corrupt();
  return step == Step::kEntry ? LimitForward() : EnterForward(block_);
}

EntryCursor::State SSTableCursor::Previous() {
  if (block_ == kNoBlock || (state_ != State::kEntry && state_ != State::kStalled)) return state_;
  if (state_ == State::kStalled) return EnterBackward(block_);
  const Step step = entries_.Previous();
  if (step == Step::kCorrupt) return Corrupt();
  return step == Step::kEntry ? LimitBackward() : EnterBackward(block_);
}

// The first entry behind block i, whose last entry `entries_` stands on. Blocks are decoded one by one, so that this is
// where they are held against each other: what comes out is in order, however wrong the blocks are.
EntryCursor::State SSTableCursor::EnterForward(size_t i) {
  if (i >= last_block_) return state_ = State::kEnd;
  const int last = index_->CompareSeparator(i, entries_.key());
  if (last < 0) return Corrupt();
  const uint64_t last_sequence = entries_.sequence();
  if (!MoveToBlock(i + 1)) return state_;
  if (entries_.SeekToFirst() != Step::kEntry) return Corrupt();
  const int first = index_->CompareSeparator(i, entries_.key());
  const bool is_same_key = first == 0 && last == 0;
  if (first > 0 || (is_same_key && entries_.sequence() >= last_sequence)) return Corrupt();
  return LimitForward();
}

// The last entry before block i, whose first entry `entries_` stands on.
EntryCursor::State SSTableCursor::EnterBackward(size_t i) {
  if (i <= first_block_) return state_ = State::kEnd;
  const int first = index_->CompareSeparator(i - 1, entries_.key());
  if (first > 0) return Corrupt();
  const uint64_t first_sequence = entries_.sequence();
  if (!MoveToBlock(i - 1)) return state_;
  if (entries_.SeekToLast() != Step::kEntry) return Corrupt();
  const int last = index_->CompareSeparator(i - 1, entries_.key());
  const bool is_same_key = first == 0 && last == 0;
  if (last < 0 || (is_same_key && entries_.sequence() <= first_sequence)) return Corrupt();
  return LimitBackward();
}

EntryCursor::State SSTableCursor::LimitForward() {
  const bool is_outside = block_ == last_block_ && table_->largest_key() < entries_.key();
  return state_ = is_outside ? State::kEnd : State::kEntry;
}

EntryCursor::State SSTableCursor::LimitBackward() {
  const bool is_outside = block_ == first_block_ && entries_.key() < table_->smallest_key();
  return state_ = is_outside ? State::kEnd : State::kEntry;
}

}  // namespace varve
