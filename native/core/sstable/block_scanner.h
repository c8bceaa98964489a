// Walks the entries of data blocks forward and puts their keys together: the inner loop of merges and cursors.
//
// Checks each entry and that it comes behind the one before (key ascending, sequence descending within a key), also
// from one block to the next. The slices it hands out live until the next step; values lie in the block, which the
// caller keeps. One thread at a time.
#ifndef VARVE_CORE_SSTABLE_BLOCK_SCANNER_H_
#define VARVE_CORE_SSTABLE_BLOCK_SCANNER_H_

#include <cstdint>
#include <cstring>

#include "core/slice.h"
#include "core/sstable/block_entry.h"
#include "core/sstable/block_reader.h"
#include "core/sstable/byte_buffer.h"

namespace varve {

class BlockScanner {
 public:
  enum class Step { kEntry, kEnd, kCorrupt };

  // Stands before the entry of a restart and forgets the entry before: any may come next.
  // False when the restart points outside. REQUIRES: restart < block.restart_count()
  bool StartAt(const BlockReader& block, uint32_t restart) {
    has_last_ = false;
    key_.Clear();
    return Begin(block, restart);
  }
  // Goes on with the next block, whose entries must come behind the last one.
  void ContinueWith(const BlockReader& block) { Begin(block, 0); }

  Step Next() {
    // Behind the last entry no value may be left over.
    if (next_ == limit_) return values_left_ == 0 ? Step::kEnd : Step::kCorrupt;
    const uint8_t* const behind = ParseBlockEntry(next_, limit_, &entry_);
    if (behind == nullptr || entry_.shared > (is_first_ ? 0 : key_.size()) || !ComesBehindLast()) return Step::kCorrupt;
    if (entry_.value_length > values_left_) return Step::kCorrupt;
    value_ = Slice(value_.data + value_.size, entry_.value_length);
    values_left_ -= entry_.value_length;
    at_ = next_;
    next_ = behind;
    key_.Truncate(entry_.shared);
    key_.Append(entry_.suffix);
    last_sequence_ = entry_.sequence;
    has_last_ = true;
    is_first_ = false;
    return Step::kEntry;
  }

  // REQUIRES: the last Next gave kEntry
  Slice key() const { return key_.slice(); }
  Slice value() const { return value_; }
  uint64_t sequence() const { return entry_.sequence; }
  EntryType type() const { return entry_.type; }
  // Where the entry begins and where the next one does.
  const uint8_t* at() const { return at_; }
  const uint8_t* next() const { return next_; }

 private:
  bool Begin(const BlockReader& block, uint32_t restart) {
    const Slice values = block.values();
    const uint32_t value_offset = block.RestartValueAt(restart);
    next_ = block.RestartAt(restart);
    limit_ = block.limit();
    is_first_ = true;
    if (next_ == nullptr || value_offset > values.size) {
      next_ = limit_;
      values_left_ = 0;
      return false;
    }
    value_ = Slice(values.data + value_offset, 0);
    values_left_ = values.size - value_offset;
    return true;
  }

  // Whether entry_ comes behind the entry whose key is in key_. Mostly decided by the first byte behind the shared
  // ones.
  bool ComesBehindLast() const {
    if (!has_last_) return true;
    const Slice last(key_.data() + entry_.shared, key_.size() - entry_.shared);
    const Slice suffix = entry_.suffix;
    if (suffix.size > 0 && last.size > 0 && suffix.data[0] != last.data[0]) return suffix.data[0] > last.data[0];
    const int order = suffix.compare(last);
    return order > 0 || (order == 0 && entry_.sequence < last_sequence_);
  }

  const uint8_t* at_ = nullptr;
  const uint8_t* next_ = nullptr;
  const uint8_t* limit_ = nullptr;
  BlockEntry entry_;
  Slice value_;
  size_t values_left_ = 0;  // bytes of values behind value_
  ByteBuffer key_;
  uint64_t last_sequence_ = 0;
  bool has_last_ = false;
  bool is_first_ = true;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOCK_SCANNER_H_
