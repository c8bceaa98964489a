// Builds one SSTable after the other from entries in order: the data block under way, the index, the filter and the
// properties of the file under way. It does no I/O: a closed block is handed out, and its place comes back before the
// next entry. One thread at a time.
#ifndef VARVE_CORE_MERGE_SSTABLE_BUILDER_H_
#define VARVE_CORE_MERGE_SSTABLE_BUILDER_H_

#include <cstdint>
#include <vector>

#include "core/entry.h"
#include "core/slice.h"
#include "core/sstable/block_builder.h"
#include "core/sstable/bloom_filter_builder.h"
#include "core/sstable/index_builder.h"

namespace varve {

struct SSTableProperties {
  std::vector<uint8_t> smallest_key;
  std::vector<uint8_t> largest_key;
  uint64_t smallest_sequence = kMaxSequence;
  uint64_t largest_sequence = 0;
  uint64_t entry_count = 0;
  uint64_t tombstone_count = 0;
  uint64_t block_count = 0;
  uint64_t raw_bytes = 0;  // of keys and values
};

// A finished file, but for its data blocks.
struct SSTableParts {
  ByteBuffer index;
  ByteBuffer filter;
  SSTableProperties properties;
};

class SSTableBuilder {
 public:
  SSTableBuilder(uint32_t restart_interval, double filter_bits_per_key)
      : block_(restart_interval), filter_(filter_bits_per_key) {}

  // `is_new_key`: the entry's key is not that of the entry added last.
  // REQUIRES: it comes behind the entry added last; no block is closed
  void Add(Slice key, bool is_new_key, uint64_t sequence, EntryType type, Slice value);
  bool block_empty() const { return block_.empty(); }
  size_t block_bytes() const { return block_.size(); }
  // Raw bytes of the file's closed blocks.
  uint64_t closed_bytes() const { return closed_bytes_; }
  uint64_t block_count() const { return properties_.block_count; }

  // Closes the block; `next_key` is the key that will be added next, null when the file ends with this block.
  // REQUIRES: !block_empty()
  void CloseBlock(const Slice* next_key);
  // The value added last. REQUIRES: !block_empty()
  Slice last_value() const { return block_.last_value(); }
  // Writes the closed block's block_bytes() bytes. REQUIRES: a block is closed and not placed
  void WriteBlock(uint8_t* to) const { block_.WriteTo(to); }
  // Where the closed block was put. False when that breaks the index's grammar; the block stays closed.
  bool PlaceBlock(uint64_t offset, uint32_t stored_length, uint32_t checksum, uint8_t compression);
  // Ends the file; the builder is as new. REQUIRES: block_count() > 0, every block placed, block_empty()
  SSTableParts Finish();

 private:
  BlockBuilder block_;
  IndexBuilder index_;
  BloomFilterBuilder filter_;
  SSTableProperties properties_;
  ByteBuffer separator_;
  ByteBuffer last_key_;
  uint64_t closed_bytes_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_MERGE_SSTABLE_BUILDER_H_
