// The k-way merge: one ordered walk over the entries of several cursors, every version of every key.
//
// Moves in one direction between two seeks: Next after Seek and SeekToFirst, Previous after the other two. Entries
// with the same key and sequence number, which no tree has, would come in the order of the sources.
// A binary heap of the sources that stand on an entry; each keeps the first 8 bytes of its key as a number, which
// decides most comparisons. A stall leaves the heap as it was: the source at its top is the one whose step is repeated.
// Owns its sources. One thread at a time.
#ifndef VARVE_CORE_READ_MERGING_CURSOR_H_
#define VARVE_CORE_READ_MERGING_CURSOR_H_

#include <memory>
#include <vector>

#include "core/entry.h"

namespace varve {

class MergingCursor final : public EntryCursor {
 public:
  explicit MergingCursor(std::vector<std::unique_ptr<EntryCursor>> cursors);

  State Seek(Slice key, uint64_t sequence) override;
  State SeekForPrevious(Slice key) override;
  State SeekToFirst() override;
  State SeekToLast() override;
  State Next() override;
  State Previous() override;

  State state() const override { return state_; }
  Slice key() const override { return heap_[0]->key; }
  Slice value() const override { return heap_[0]->cursor->value(); }
  uint64_t sequence() const override { return heap_[0]->sequence; }
  EntryType type() const override { return heap_[0]->cursor->type(); }

 private:
  struct Source {
    std::unique_ptr<EntryCursor> cursor;
    // Of the entry it stands on.
    uint64_t key_head;
    Slice key;
    uint64_t sequence;
  };

  template <typename Move>
  State SeekAll(bool reverse, Move move);
  State Step(State state);
  void Take(Source& source);
  bool Before(const Source& a, const Source& b) const;
  void SiftDown(size_t at);

  std::vector<Source> sources_;
  std::vector<Source*> heap_;
  bool reverse_ = false;
  State state_ = State::kEnd;
};

}  // namespace varve

#endif  // VARVE_CORE_READ_MERGING_CURSOR_H_
