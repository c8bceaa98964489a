// What a reader at a sequence number sees of a walk over all versions: of each key the newest version at or below the
// sequence number, and nothing when that is a tombstone; within bounds, in either direction.
//
// Peek and Pop: Peek() finds the next visible entry and may be called again, after a stall to go on and else without
// effect; Pop() is done with it. Backwards the versions of a key come oldest first, so the best so far is copied
// and given out once the key is left; the bytes of a candidate therefore survive a stall.
// Owns its source and the bounds. One thread at a time.
#ifndef VARVE_CORE_READ_VISIBLE_ITERATOR_H_
#define VARVE_CORE_READ_VISIBLE_ITERATOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/entry.h"

namespace varve {

struct KeyBound {
  bool present = false;
  bool inclusive = false;
  std::vector<uint8_t> key;

  Slice slice() const { return Slice(key.data(), key.size()); }
};

struct KeyBounds {
  KeyBound lower;
  KeyBound upper;

  bool BelowLower(Slice key) const;
  bool AboveUpper(Slice key) const;
};

class VisibleIterator {
 public:
  using State = EntryCursor::State;

  // `source` need not be placed yet.
  VisibleIterator(std::unique_ptr<EntryCursor> source, uint64_t sequence, KeyBounds bounds, bool reverse);

  State Peek();
  // REQUIRES: Peek() came to kEntry. The slices are good until Pop(), writes to memtables notwithstanding.
  Slice key() const { return reverse_ ? ToSlice(candidate_key_) : source_->key(); }
  Slice value() const { return reverse_ ? ToSlice(candidate_value_) : source_->value(); }
  void Pop();

 private:
  // What the source has to do before it is looked at.
  enum class Pending { kNone, kSeek, kStep };
  enum class Candidate { kNone, kPut, kDelete };

  static Slice ToSlice(const std::vector<uint8_t>& bytes) { return Slice(bytes.data(), bytes.size()); }
  bool MoveSource();
  State PeekForward();
  State PeekBackward();
  void TakeCandidate();

  const std::unique_ptr<EntryCursor> source_;
  const uint64_t sequence_;
  const KeyBounds bounds_;
  const bool reverse_;

  Pending pending_ = Pending::kSeek;
  // Peek came to kEntry and Pop was not called.
  bool ready_ = false;
  State stopped_ = State::kEntry;
  // Forwards: the key of which no further version is looked at.
  bool has_decided_ = false;
  std::vector<uint8_t> decided_key_;
  // Backwards: the newest visible version so far of the key that the source walks through.
  Candidate candidate_ = Candidate::kNone;
  std::vector<uint8_t> candidate_key_;
  std::vector<uint8_t> candidate_value_;
};

}  // namespace varve

#endif  // VARVE_CORE_READ_VISIBLE_ITERATOR_H_
