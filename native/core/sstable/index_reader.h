// The block index of one SSTable in memory, decoded from the index block (grammar: index_builder.h).
//
// Decode is a trust boundary: every length, count, the order of the separators and of the offsets is checked, and a
// broken block leaves the reader empty. After it nothing changes; any thread may read.
// Held as arrays: block handles, key bytes without the prefix that all separators share, and for each separator the
// eight bytes behind that prefix as an integer, so that a search is a binary search over integers with one key
// comparison.
#ifndef VARVE_CORE_SSTABLE_INDEX_READER_H_
#define VARVE_CORE_SSTABLE_INDEX_READER_H_

#include <cstdint>
#include <vector>

#include "core/entry.h"
#include "core/slice.h"

namespace varve {

// Where a data block lies and how it is stored.
struct BlockHandle {
  uint64_t offset = 0;
  uint32_t stored_length = 0;
  uint32_t raw_length = 0;
  uint32_t checksum = 0;
  uint8_t compression = 0;
};

class IndexReader {
 public:
  // False, and empty, when the grammar of `block` is broken. Copies what it needs.
  bool Decode(Slice block);

  size_t block_count() const { return handles_.size(); }
  // The first block whose separator is >= `key`: the only one that can hold `key`, unless its separator equals `key`,
  // when older versions may follow in the next. block_count() when every separator is smaller.
  size_t Find(Slice key) const;
  // How the separator of block `i` compares with `key`: negative, zero or positive.
  int CompareSeparator(size_t i, Slice key) const;
  // REQUIRES: i < block_count()
  const BlockHandle& handle(size_t i) const { return handles_[i]; }
  // Fills `missing` with what a reader needs to fetch block `i`.
  void Describe(size_t i, uint64_t file_number, MissingBlock::Kind kind, MissingBlock* missing) const;
  size_t memory_bytes() const;

 private:
  bool DecodeInto(Slice block);
  Slice Tail(size_t i) const { return Slice(keys_.data() + starts_[i], starts_[i + 1] - starts_[i]); }

  std::vector<BlockHandle> handles_;
  std::vector<uint8_t> prefix_;   // shared by all separators
  std::vector<uint64_t> words_;   // big-endian first 8 bytes of each tail, zero-padded
  std::vector<uint32_t> starts_;  // of each tail in keys_, and the end
  std::vector<uint8_t> keys_;     // the tails: separators without prefix_
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_INDEX_READER_H_
