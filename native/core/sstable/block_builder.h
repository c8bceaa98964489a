// Builds one data block: entries in order, keys compressed against the key before, values apart from the keys, so that
// a search touches few cache lines.
//
//   block    := entry+ value{as many} restart+ trailer
//   entry    := shared varint32 | unshared varint32 | valueLength varint32 | tag varint64
//               | the last `unshared` bytes of the key
//   tag      := sequence << 3 | type                       (type 1 put, 2 delete; the rest of 3 bits is free)
//   restart  := offset u32le of an entry with shared = 0 | offset u32le of its value behind the last entry
//   trailer  := bytes of all entries u32le | restartCount u32le | format u8 (1)
//
// `shared` is how many bytes the key has in common with the key before it. Entries are ordered by key, versions of a
// key by sequence number, the newest first; versions of one key may go on in the next block. A delete's value is empty.
// Restarts ascend, the first is 0, 0. A block has at least one entry and is not padded. Formats above 1 are free for a
// hash index in front of the trailer. src/engine/sstable/format.ts states the same grammar. One thread at a time.
#ifndef VARVE_CORE_SSTABLE_BLOCK_BUILDER_H_
#define VARVE_CORE_SSTABLE_BLOCK_BUILDER_H_

#include <cstdint>
#include <vector>

#include "core/entry.h"
#include "core/slice.h"
#include "core/sstable/byte_buffer.h"

namespace varve {

constexpr uint8_t kBlockFormat = 1;
constexpr size_t kBlockTrailerBytes = 9;
constexpr size_t kRestartBytes = 8;
// One entry of an empty key without value, one restart, the trailer.
constexpr size_t kMinBlockBytes = 4 + kRestartBytes + kBlockTrailerBytes;
constexpr uint32_t kTagTypeBits = 3;

class BlockBuilder {
 public:
  // Every `restart_interval`-th key (at least 1) is stored in full.
  explicit BlockBuilder(uint32_t restart_interval) : restart_interval_(restart_interval) {}

  // REQUIRES: the entry comes behind the one added last.
  void Add(Slice key, uint64_t sequence, EntryType type, Slice value);
  bool empty() const { return entries_.empty(); }
  // Bytes of the finished block.
  size_t size() const {
    return entries_.size() + values_.size() + restarts_.size() * kRestartBytes + kBlockTrailerBytes;
  }
  // At most so many bytes would an entry add.
  static size_t MaxEntryBytes(size_t key_size, size_t value_size);
  // The value added last; lives until the next Add. REQUIRES: !empty()
  Slice last_value() const { return Slice(values_.data() + values_.size() - last_value_size_, last_value_size_); }
  // Writes the block's size() bytes. REQUIRES: !empty()
  void WriteTo(uint8_t* to) const;
  void Reset();

 private:
  struct Restart {
    uint32_t entry;
    uint32_t value;
  };

  const uint32_t restart_interval_;
  uint32_t since_restart_ = 0;
  ByteBuffer entries_;
  ByteBuffer values_;
  ByteBuffer last_key_;
  size_t last_value_size_ = 0;
  std::vector<Restart> restarts_;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOCK_BUILDER_H_
