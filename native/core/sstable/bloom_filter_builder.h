// Builds the filter block of an SSTable from the hashes of its keys.
//
//   filter  := line{lineCount} trailer
//   line    := 64 bytes; bit b is bit b & 7 of byte b >> 3
//   trailer := lineCount u32le | keyCount u32le | probes u8 (1..24) | format u8 (1)
//
// An SSTable without a filter has an empty filter block. A key's hash h is XXH64 of the user key, seed 0; its line is
// ((h >> 32) * lineCount) >> 32; its bits come from x = h mod 2^32 by x := x * 0x9e3779b9 mod 2^32, bit := x >> 23,
// once a probe. Hashes are kept (8 bytes a key) until Finish, since how many keys a file gets is known only then. One
// thread at a time.
#ifndef VARVE_CORE_SSTABLE_BLOOM_FILTER_BUILDER_H_
#define VARVE_CORE_SSTABLE_BLOOM_FILTER_BUILDER_H_

#include <cstdint>
#include <vector>

#include "core/sstable/byte_buffer.h"

namespace varve {

constexpr uint8_t kFilterFormat = 1;
constexpr size_t kFilterTrailerBytes = 10;
constexpr uint32_t kMaxFilterProbes = 24;

class BloomFilterBuilder {
 public:
  // 0 bits: no filter.
  explicit BloomFilterBuilder(double bits_per_key) : bits_per_key_(bits_per_key) {}

  // Once a distinct key.
  void Add(uint64_t key_hash) { hashes_.push_back(key_hash); }
  // The filter block, empty without keys or bits. The builder is as new after it.
  ByteBuffer Finish();

 private:
  const double bits_per_key_;
  std::vector<uint64_t> hashes_;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOOM_FILTER_BUILDER_H_
