#include "core/sstable/bloom_filter.h"

#include <cmath>
#include <cstring>
#include <new>

#include "core/sstable/bloom_filter_builder.h"
#include "core/sstable/coding.h"

namespace varve {
namespace {

constexpr std::align_val_t kLineAlignment{kFilterLineBytes};

}  // namespace

double ExpectedFalsePositiveRate(double bits_per_key, uint32_t probes) {
  constexpr double kLineBits = kFilterLineBytes * 8;
  const double keys_per_line = kLineBits / bits_per_key;
  // The keys of a line are Poisson distributed; each leaves a bit clear with (1 - 1/512)^probes.
  double share_of_lines = std::exp(-keys_per_line);
  double rate = 0;
  for (int keys = 1; keys < keys_per_line * 4 + 32; keys++) {
    share_of_lines *= keys_per_line / keys;
    const double bit_is_set = 1 - std::pow(1 - 1 / kLineBits, static_cast<double>(keys) * probes);
    rate += share_of_lines * std::pow(bit_is_set, probes);
  }
  return rate;
}

uint32_t ChooseProbes(double bits_per_key) {
  uint32_t best = 1;
  while (best < kMaxFilterProbes &&
         ExpectedFalsePositiveRate(bits_per_key, best + 1) < ExpectedFalsePositiveRate(bits_per_key, best)) {
    best++;
  }
  return best;
}

void BloomFilter::AlignedFree::operator()(uint8_t* memory) const { ::operator delete[](memory, kLineAlignment); }

bool BloomFilter::Decode(Slice block) {
  lines_.reset();
  line_count_ = key_count_ = probes_ = 0;
  if (block.empty()) return true;
  if (block.size < kFilterTrailerBytes) return false;
  const size_t lines_bytes = block.size - kFilterTrailerBytes;
  const uint8_t* const trailer = block.data + lines_bytes;
  const uint32_t line_count = DecodeFixed32(trailer);
  const uint8_t probes = trailer[8];
  if (trailer[9] != kFilterFormat || probes == 0 || probes > kMaxFilterProbes) return false;
  if (line_count == 0 || lines_bytes != size_t{line_count} * kFilterLineBytes) return false;
  lines_.reset(static_cast<uint8_t*>(::operator new[](lines_bytes, kLineAlignment)));
  std::memcpy(lines_.get(), block.data, lines_bytes);
  line_count_ = line_count;
  key_count_ = DecodeFixed32(trailer + 4);
  probes_ = probes;
  return true;
}

}  // namespace varve
