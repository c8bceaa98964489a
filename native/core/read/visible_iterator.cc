#include "core/read/visible_iterator.h"

#include <cassert>
#include <utility>

namespace varve {
namespace {

void Copy(Slice bytes, std::vector<uint8_t>* to) { to->assign(bytes.data, bytes.data + bytes.size); }

}  // namespace

bool KeyBounds::BelowLower(Slice key) const {
  if (!lower.present) return false;
  const int order = key.compare(lower.slice());
  return order < 0 || (order == 0 && !lower.inclusive);
}

bool KeyBounds::AboveUpper(Slice key) const {
  if (!upper.present) return false;
  const int order = key.compare(upper.slice());
  return order > 0 || (order == 0 && !upper.inclusive);
}

VisibleIterator::VisibleIterator(std::unique_ptr<EntryCursor> source, uint64_t sequence, KeyBounds bounds, bool reverse)
    : source_(std::move(source)), sequence_(sequence), bounds_(std::move(bounds)), reverse_(reverse) {
  if (!reverse_ && bounds_.lower.present && !bounds_.lower.inclusive) {
    has_decided_ = true;
    decided_key_ = bounds_.lower.key;
  }
}

// Does what is pending. False: the source is stalled or corrupt.
bool VisibleIterator::MoveSource() {
  if (pending_ == Pending::kNone) return true;
  State state;
  if (pending_ == Pending::kStep) {
    state = reverse_ ? source_->Previous() : source_->Next();
  } else if (reverse_) {
    state = bounds_.upper.present ? source_->SeekForPrevious(bounds_.upper.slice()) : source_->SeekToLast();
  } else {
    state = bounds_.lower.present ? source_->Seek(bounds_.lower.slice(), sequence_) : source_->SeekToFirst();
  }
  if (state == State::kStalled || state == State::kCorrupt) return false;
  pending_ = Pending::kNone;
  return true;
}

VisibleIterator::State VisibleIterator::Peek() {
  if (ready_) return State::kEntry;
  // The end, and a corrupt block, are final.
  if (stopped_ != State::kEntry) return stopped_;
  const State state = reverse_ ? PeekBackward() : PeekForward();
  ready_ = state == State::kEntry;
  if (state == State::kEnd || state == State::kCorrupt) stopped_ = state;
  return state;
}

VisibleIterator::State VisibleIterator::PeekForward() {
  for (;;) {
    if (!MoveSource()) return source_->state();
    if (source_->state() == State::kEnd || bounds_.AboveUpper(source_->key())) return State::kEnd;
    pending_ = Pending::kStep;
    const Slice key = source_->key();
    if (source_->sequence() > sequence_ || (has_decided_ && ToSlice(decided_key_) == key)) continue;
    has_decided_ = true;
    Copy(key, &decided_key_);
    if (source_->type() == EntryType::kPut) return State::kEntry;
  }
}

VisibleIterator::State VisibleIterator::PeekBackward() {
  for (;;) {
    if (!MoveSource()) return source_->state();
    const bool at_end = source_->state() == State::kEnd || bounds_.BelowLower(source_->key());
    if (candidate_ != Candidate::kNone && (at_end || !(ToSlice(candidate_key_) == source_->key()))) {
      // The source has left the candidate's key: it is decided.
      const Candidate decided = candidate_;
      candidate_ = Candidate::kNone;
      if (decided == Candidate::kPut) return State::kEntry;
    }
    if (at_end) return State::kEnd;
    if (source_->sequence() <= sequence_ && !bounds_.AboveUpper(source_->key())) TakeCandidate();
    pending_ = Pending::kStep;
  }
}

void VisibleIterator::TakeCandidate() {
  Copy(source_->key(), &candidate_key_);
  if (source_->type() == EntryType::kPut) {
    candidate_ = Candidate::kPut;
    Copy(source_->value(), &candidate_value_);
  } else {
    candidate_ = Candidate::kDelete;
  }
}

// Forwards the source still stands on the entry (a step is pending); backwards it stands on the next key already.
void VisibleIterator::Pop() {
  assert(ready_);
  ready_ = false;
}

}  // namespace varve
