// Builds the index block of an SSTable: where each data block lies, and a key that separates it from the next.
//
//   index    := prefixLength varint32 | prefix | entry{blockCount} trailer
//   entry    := tailLength varint32 | tail | gap varint64 | storedLength varint32 | rawLength varint32
//               | checksum u32le | compression u8 (0 none, 1 lz4)
//   trailer  := blockCount u32le (at least 1) | format u8 (1)
//
// separator i = prefix, tail i: not below the last key of block i and not above the first of block i + 1; ascending,
// and equal for neighbours only when versions of that key lie in both. The last separator is the file's last key.
// gap: bytes between the end of the stored block before (0 for the first) and this one. Uncompressed blocks have
// storedLength = rawLength. src/engine/sstable/format.ts states the same grammar. One thread at a time.
#ifndef VARVE_CORE_SSTABLE_INDEX_BUILDER_H_
#define VARVE_CORE_SSTABLE_INDEX_BUILDER_H_

#include <cstdint>
#include <vector>

#include "core/slice.h"
#include "core/sstable/byte_buffer.h"
#include "core/sstable/index_reader.h"

namespace varve {

constexpr uint8_t kIndexFormat = 1;
constexpr size_t kIndexTrailerBytes = 5;
constexpr size_t kMinIndexEntryBytes = 9;
constexpr uint8_t kCompressionNone = 0;
constexpr uint8_t kCompressionLz4 = 1;

// Whether a handle obeys the grammar on its own.
bool IsValidHandle(const BlockHandle& handle);

// Appends a short key s with last <= s < next; `last` itself when they are equal. REQUIRES: last <= next
void AppendSeparator(Slice last, Slice next, ByteBuffer* separator);

class IndexBuilder {
 public:
  // REQUIRES: the separator is not below the one before. False (and nothing added) when the handle breaks the grammar
  // or does not lie behind the block before.
  bool Add(Slice separator, const BlockHandle& handle);
  size_t block_count() const { return handles_.size(); }
  // The index block; the builder is as new after it. REQUIRES: block_count() > 0
  ByteBuffer Finish();

 private:
  Slice Separator(size_t i) const;

  std::vector<BlockHandle> handles_;
  std::vector<size_t> ends_;  // of each separator in keys_
  ByteBuffer keys_;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_INDEX_BUILDER_H_
