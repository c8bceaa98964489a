// Reads one data block in place: the point lookup and the search among the restarts. Allocates nothing.
//
// A trust boundary: the block passed its checksum, not more. Open checks the trailer; what is read later is checked
// when it is read, so that a broken block gives kCorrupt or a wrong answer but never a read outside of it. Borrows the
// block; whoever opens it keeps it pinned.
#ifndef VARVE_CORE_SSTABLE_BLOCK_READER_H_
#define VARVE_CORE_SSTABLE_BLOCK_READER_H_

#include <cstdint>

#include "core/slice.h"
#include "core/sstable/block_entry.h"

namespace varve {

class BlockReader {
 public:
  // kPastEnd: every key of the block is smaller, or equal with only newer versions, so that the next block may go on.
  enum class Result { kFound, kDeleted, kAbsent, kPastEnd, kCorrupt };

  // Brings towards the processor, all at once, what a lookup looks at one after the other: the trailer and the restarts
  // at the end, the first entries at the beginning.
  static void Prefetch(Slice block) {
    constexpr size_t kLineBytes = 64;
    constexpr size_t kEntryLines = 8;
    if (block.empty()) return;
    const uint8_t* const last = block.data + block.size - 1;
    __builtin_prefetch(last);
    if (block.size > kLineBytes) __builtin_prefetch(last - kLineBytes);
    const size_t lines = block.size / kLineBytes < kEntryLines ? block.size / kLineBytes : kEntryLines;
    for (size_t i = 0; i < lines; i++) __builtin_prefetch(block.data + i * kLineBytes);
  }

  // False when the trailer is broken.
  bool Open(Slice block);

  // The newest version of `key` with a sequence number <= `sequence`. Fills `value` and `found_sequence` (kFound,
  // kDeleted).
  Result Lookup(Slice key, uint64_t sequence, Slice* value, uint64_t* found_sequence) const;

  // The restart to scan from for the first entry at or behind (key, sequence): the last whose entry is before it, else
  // 0. False on corruption.
  bool FindRestart(Slice key, uint64_t sequence, uint32_t* index) const;
  // The same for the first entry with a key above `key`.
  bool FindRestartAbove(Slice key, uint32_t* index) const;

  uint32_t restart_count() const { return restart_count_; }
  // Null when the restart points outside. REQUIRES: i < restart_count()
  const uint8_t* RestartAt(uint32_t i) const {
    const uint32_t offset = DecodeFixed32(restarts_ + size_t{i} * kRestartBytes);
    return offset < static_cast<size_t>(limit_ - begin_) ? begin_ + offset : nullptr;
  }
  // Where among values() the value of that restart's entry begins; unchecked. REQUIRES: i < restart_count()
  uint32_t RestartValueAt(uint32_t i) const { return DecodeFixed32(restarts_ + size_t{i} * kRestartBytes + 4); }
  const uint8_t* begin() const { return begin_; }
  // Behind the last entry.
  const uint8_t* limit() const { return limit_; }
  Slice values() const { return Slice(limit_, static_cast<size_t>(restarts_ - limit_)); }

 private:
  template <typename IsBefore>
  bool LastRestartWhere(IsBefore is_before, uint32_t* index) const;

  const uint8_t* begin_ = nullptr;
  const uint8_t* limit_ = nullptr;
  const uint8_t* restarts_ = nullptr;
  uint32_t restart_count_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOCK_READER_H_
