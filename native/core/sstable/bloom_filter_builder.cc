#include "core/sstable/bloom_filter_builder.h"

#include <cmath>
#include <cstring>

#include "core/sstable/bloom_filter.h"
#include "core/sstable/coding.h"

namespace varve {
namespace {

// How far ahead lines are brought towards the processor: a few cache misses in flight.
constexpr size_t kPrefetchDistance = 8;

uint32_t LineCount(size_t keys, double bits_per_key) {
  const double lines = std::ceil(static_cast<double>(keys) * bits_per_key / (kFilterLineBytes * 8));
  if (lines < 1) return 1;
  return lines > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(lines);
}

void SetBits(uint8_t* line, uint64_t hash, uint32_t probes) {
  FilterProbes bits(hash);
  for (uint32_t i = 0; i < probes; i++) {
    const uint32_t bit = bits.Next();
    line[bit >> 3] = static_cast<uint8_t>(line[bit >> 3] | 1u << (bit & 7));
  }
}

}  // namespace

ByteBuffer BloomFilterBuilder::Finish() {
  ByteBuffer block;
  if (hashes_.empty() || !(bits_per_key_ > 0)) {
    hashes_.clear();
    return block;
  }
  const uint32_t line_count = LineCount(hashes_.size(), bits_per_key_);
  const uint32_t probes = ChooseProbes(bits_per_key_);
  const size_t lines_bytes = size_t{line_count} * kFilterLineBytes;
  uint8_t* const lines = block.Reserve(lines_bytes + kFilterTrailerBytes);
  std::memset(lines, 0, lines_bytes);
  for (size_t i = 0; i < hashes_.size(); i++) {
    if (i + kPrefetchDistance < hashes_.size()) {
      const uint64_t later = hashes_[i + kPrefetchDistance];
      __builtin_prefetch(lines + size_t{FilterLineOf(later, line_count)} * kFilterLineBytes, 1);
    }
    SetBits(lines + size_t{FilterLineOf(hashes_[i], line_count)} * kFilterLineBytes, hashes_[i], probes);
  }
  uint8_t* to = EncodeFixed32(lines + lines_bytes, line_count);
  to = EncodeFixed32(to, static_cast<uint32_t>(hashes_.size()));
  *to++ = static_cast<uint8_t>(probes);
  *to++ = kFilterFormat;
  block.CommitTo(to);
  hashes_.clear();
  return block;
}

}  // namespace varve
