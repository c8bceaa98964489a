// The cursor of a sorted level, or of a run of its SSTables: one after the other, as they are disjoint. Only the table
// it stands in has a cursor, so only that one needs its index and a block in memory.
//
// Moves in one direction between two seeks: Next after Seek and SeekToFirst, Previous after the other two.
// Stalls as its tables' cursors do. One thread at a time.
#ifndef VARVE_CORE_READ_LEVEL_CURSOR_H_
#define VARVE_CORE_READ_LEVEL_CURSOR_H_

#include <memory>

#include "core/read/read_state.h"

namespace varve {

class LevelCursor final : public EntryCursor {
 public:
  // Over tables[begin, end). `tables` and `missing` outlive the cursor.
  LevelCursor(const SSTables& tables, size_t begin, size_t end, std::shared_ptr<BlockCache> cache,
              MissingBlock* missing);

  State Seek(Slice key, uint64_t sequence) override;
  State SeekForPrevious(Slice key) override;
  State SeekToFirst() override;
  State SeekToLast() override;
  State Next() override;
  State Previous() override;

  State state() const override { return state_; }
  Slice key() const override { return cursor_->key(); }
  Slice value() const override { return cursor_->value(); }
  uint64_t sequence() const override { return cursor_->sequence(); }
  EntryType type() const override { return cursor_->type(); }

 private:
  static constexpr size_t kNoTable = ~size_t{0};

  void Open(size_t table);
  void End();
  State Forward(State state);
  State Backward(State state);

  const SSTables& tables_;
  const size_t begin_;
  const size_t end_;
  const std::shared_ptr<BlockCache> cache_;
  MissingBlock* const missing_;

  // The table that cursor_ is of.
  size_t table_ = kNoTable;
  std::unique_ptr<EntryCursor> cursor_;
  // A step went over to cursor_'s table, whose first (last) entry it has yet to reach.
  bool entering_ = false;
  State state_ = State::kEnd;
};

}  // namespace varve

#endif  // VARVE_CORE_READ_LEVEL_CURSOR_H_
