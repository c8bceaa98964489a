// The blocked bloom filter of an SSTable: reader, and the choice of how many probes.
//
// A key touches one 64-byte line, chosen by the upper half of its hash; its probes are bits of that line, drawn from
// the lower half by repeated multiplication (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters,
// 2007). Grammar: bloom_filter_builder.h. Decode is a trust boundary. Immutable after Decode; any thread may read.
#ifndef VARVE_CORE_SSTABLE_BLOOM_FILTER_H_
#define VARVE_CORE_SSTABLE_BLOOM_FILTER_H_

#include <cstdint>
#include <memory>

#include "core/slice.h"

namespace varve {

constexpr size_t kFilterLineBytes = 64;

// The line of a filter with `line_count` lines that the key with this hash touches.
inline uint32_t FilterLineOf(uint64_t hash, uint32_t line_count) {
  return static_cast<uint32_t>(((hash >> 32) * line_count) >> 32);
}

// The bits in the line: call `Next` once a probe.
class FilterProbes {
 public:
  explicit FilterProbes(uint64_t hash) : state_(static_cast<uint32_t>(hash)) {}
  uint32_t Next() {
    state_ *= 0x9e3779b9u;  // 2^32 / golden ratio, odd
    return state_ >> 23;
  }

 private:
  uint32_t state_;
};

// Expected share of absent keys that a filter with so many bits a key and probes lets pass.
double ExpectedFalsePositiveRate(double bits_per_key, uint32_t probes);
// The number of probes with the lowest expected rate.
uint32_t ChooseProbes(double bits_per_key);

class BloomFilter {
 public:
  // An empty block is an empty filter, which lets everything pass. False, and empty, when the grammar is broken.
  bool Decode(Slice block);

  bool MayContain(uint64_t key_hash) const {
    if (line_count_ == 0) return true;
    const uint8_t* const line = lines_.get() + size_t{FilterLineOf(key_hash, line_count_)} * kFilterLineBytes;
    FilterProbes probes(key_hash);
    for (uint32_t i = 0; i < probes_; i++) {
      const uint32_t bit = probes.Next();
      if ((line[bit >> 3] & (1u << (bit & 7))) == 0) return false;
    }
    return true;
  }

  // Brings the key's line towards the processor, for lookups that do something else first.
  void Prefetch(uint64_t key_hash) const {
    if (line_count_ == 0) return;
    __builtin_prefetch(lines_.get() + size_t{FilterLineOf(key_hash, line_count_)} * kFilterLineBytes);
  }

  uint32_t line_count() const { return line_count_; }
  uint32_t key_count() const { return key_count_; }
  uint32_t probes() const { return probes_; }
  size_t memory_bytes() const { return size_t{line_count_} * kFilterLineBytes; }

 private:
  struct AlignedFree {
    void operator()(uint8_t* memory) const;
  };

  std::unique_ptr<uint8_t[], AlignedFree> lines_;  // aligned to a cache line
  uint32_t line_count_ = 0;
  uint32_t key_count_ = 0;
  uint32_t probes_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOOM_FILTER_H_
