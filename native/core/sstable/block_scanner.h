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
#include "core/sstable/byte_buffer.h"

namespace varve {

class BlockScanner {
 public:
  enum class Step { kEntry, kEnd, kCorrupt };

  // Forgets the entry before: any may come next.
  void Restart(const uint8_t* from, const uint8_t* limit) {
    next_ = from;
    limit_ = limit;
    key_.Clear();
    has_last_ = false;
    is_first_ = true;
  }
  // Goes on with the entries [from, limit) of the next block, which must come behind the last one.
  void Continue(const uint8_t* from, const uint8_t* limit) {
    next_ = from;
    limit_ = limit;
    is_first_ = true;
  }

  Step Next() {
    if (next_ == limit_) return Step::kEnd;
    const uint8_t* const behind = ParseBlockEntry(next_, limit_, &entry_);
    if (behind == nullptr || entry_.shared > (is_first_ ? 0 : key_.size()) || !ComesBehindLast()) return Step::kCorrupt;
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
  Slice value() const { return entry_.value; }
  uint64_t sequence() const { return entry_.sequence; }
  EntryType type() const { return entry_.type; }
  // Where the entry begins and where the next one does.
  const uint8_t* at() const { return at_; }
  const uint8_t* next() const { return next_; }

 private:
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
  ByteBuffer key_;
  uint64_t last_sequence_ = 0;
  bool has_last_ = false;
  bool is_first_ = true;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOCK_SCANNER_H_
