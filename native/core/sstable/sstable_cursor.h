// The cursor of an SSTable: its blocks one after the other, from the cache, limited to the table's key range.
//
// It pins the block it stands on and gives that up only for the block that comes next, so that the same call, repeated
// after each stall with the block that was missing in the cache, always gets further, even if the cache keeps nothing
// else. Made by SSTable::NewCursor. One thread at a time.
#ifndef VARVE_CORE_SSTABLE_SSTABLE_CURSOR_H_
#define VARVE_CORE_SSTABLE_SSTABLE_CURSOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/sstable/block_cursor.h"
#include "core/sstable/sstable.h"

namespace varve {

class SSTableCursor final : public EntryCursor {
 public:
  SSTableCursor(std::shared_ptr<const SSTable> table, std::shared_ptr<BlockCache> cache, MissingBlock* missing);

  State Seek(Slice key, uint64_t sequence) override;
  State SeekForPrevious(Slice key) override;
  State SeekToFirst() override { return Seek(table_->smallest_key(), kMaxSequence); }
  State SeekToLast() override { return SeekForPrevious(table_->largest_key()); }
  State Next() override;
  State Previous() override;

  State state() const override { return state_; }
  Slice key() const override { return entries_.key(); }
  Slice value() const override { return entries_.value(); }
  uint64_t sequence() const override { return entries_.sequence(); }
  EntryType type() const override { return entries_.type(); }

 private:
  static constexpr size_t kNoBlock = ~size_t{0};

  bool PrepareIndex();
  bool MoveToBlock(size_t i);
  State Corrupt();
  State EnterForward(size_t i);
  State EnterBackward(size_t i);
  State LimitForward();
  State LimitBackward();
  size_t SeekStart(Slice key, uint64_t sequence) const;

  const std::shared_ptr<const SSTable> table_;
  const std::shared_ptr<BlockCache> cache_;
  MissingBlock* const missing_;

  const IndexReader* index_ = nullptr;  // null until the table is loaded
  // The blocks in which smallest_key and largest_key lie: outside of them nothing is shown, only in them keys are
  // compared.
  size_t first_block_ = 0;
  size_t last_block_ = 0;

  PinnedBlock pin_;
  size_t block_ = kNoBlock;  // the block that is pinned
  BlockCursor entries_;
  State state_ = State::kEnd;

  // Where a Seek that stalled goes on if it is repeated: versions of one key may fill many blocks.
  size_t stalled_seek_block_ = kNoBlock;
  std::vector<uint8_t> stalled_seek_key_;
  uint64_t stalled_seek_sequence_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_SSTABLE_CURSOR_H_
