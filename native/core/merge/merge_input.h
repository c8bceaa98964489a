// One input of a merge: a run of data blocks that are fed as they are read, or a cursor over a memtable.
//
// Stands on its first entry that was not merged yet. Entries outside of [lower, upper) are passed over here. Checks the
// blocks (a trust boundary) and that the entries ascend. One thread at a time.
#ifndef VARVE_CORE_MERGE_MERGE_INPUT_H_
#define VARVE_CORE_MERGE_MERGE_INPUT_H_

#include <cstdint>
#include <deque>
#include <memory>

#include "core/cache/pinned_block.h"
#include "core/entry.h"
#include "core/slice.h"
#include "core/sstable/block_scanner.h"

namespace varve {

// Borrowed bounds on user keys; null: none.
struct MergeBounds {
  const Slice* lower = nullptr;
  const Slice* upper = nullptr;
};

class MergeInput {
 public:
  enum class Step { kEntry, kDry, kEnd, kCorrupt };

  // A run of blocks.
  MergeInput() = default;
  // The entries of `cursor`, which must never stall.
  explicit MergeInput(std::unique_ptr<EntryCursor> cursor);

  // Copies a block. Dropped when the input ended. REQUIRES: a run, not finished
  void Feed(Slice block);
  // No more blocks come. REQUIRES: a run
  void Finish() { finished_ = true; }
  bool is_run() const { return cursor_ == nullptr; }
  bool finished() const { return finished_; }

  // Moves on to the next entry within the bounds. kDry: feed it or finish it, and call again.
  Step Advance(const MergeBounds& bounds);
  bool ended() const { return ended_; }

  // The entry it stands on; lives until Advance. REQUIRES: Advance gave kEntry
  Slice key() const { return key_; }
  Slice value() const { return value_; }
  uint64_t sequence() const { return sequence_; }
  EntryType type() const { return type_; }

  // Whether the entry of `a` comes before that of `b`. An input at its end comes last.
  static bool IsBefore(const MergeInput& a, const MergeInput& b) {
    if (a.ended_ || b.ended_) return !a.ended_;
    if (a.word_ != b.word_) return a.word_ < b.word_;
    const int order = a.key_.compare(b.key_);
    return order < 0 || (order == 0 && a.sequence_ > b.sequence_);
  }

 private:
  Step AdvanceRun();
  Step AdvanceCursor();
  Step End();

  std::unique_ptr<EntryCursor> cursor_;
  bool cursor_began_ = false;
  std::deque<PinnedBlock> blocks_;  // the first is being scanned when in_block_
  BlockScanner scanner_;
  bool in_block_ = false;
  bool finished_ = false;
  bool ended_ = false;
  bool above_lower_ = false;

  uint64_t word_ = 0;  // LeadingWord(key_): decides most matches without a look at the key
  Slice key_;
  Slice value_;
  uint64_t sequence_ = 0;
  EntryType type_ = EntryType::kPut;
};

}  // namespace varve

#endif  // VARVE_CORE_MERGE_MERGE_INPUT_H_
