// The bloom filter: no false negatives, the false positive rate that the formula promises, the hash's published
// vectors.
#include "core/sstable/bloom_filter.h"
#include "core/sstable/bloom_filter_builder.h"
#include "core/sstable/key_hash.h"
#include "test/sstable_support.h"

using namespace varve;
using namespace varve::test;

namespace {

uint64_t HashOf(const std::string& key) { return KeyHash(SliceOf(key)); }

// xxHash's specification and reference implementation, seed 0.
void CheckHash() {
  CHECK(HashOf("") == 0xef46db3751d8e999);
  CHECK(HashOf("a") == 0xd24ec4f1a98c6e5b);
  CHECK(HashOf("abc") == 0x44bc2cf5ad770999);
  CHECK(HashOf("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1);
}

std::string KeyOf(uint64_t i) { return "user" + std::to_string(i); }

double MeasureRate(double bits_per_key, uint64_t keys) {
  BloomFilterBuilder builder(bits_per_key);
  for (uint64_t i = 0; i < keys; i++) builder.Add(HashOf(KeyOf(i)));
  const ByteBuffer block = builder.Finish();
  BloomFilter filter;
  CHECK(filter.Decode(block.slice()));
  CHECK(filter.key_count() == keys && filter.probes() == ChooseProbes(bits_per_key));
  for (uint64_t i = 0; i < keys; i++) CHECK(filter.MayContain(HashOf(KeyOf(i))));
  uint64_t passed = 0;
  constexpr uint64_t kAbsent = 200000;
  for (uint64_t i = 0; i < kAbsent; i++) passed += filter.MayContain(HashOf(KeyOf(keys + i))) ? 1 : 0;
  return static_cast<double>(passed) / kAbsent;
}

void CheckRates() {
  for (const double bits : {2.0, 5.0, 8.0, 10.0, 12.5, 16.0, 20.0}) {
    const double expected = ExpectedFalsePositiveRate(bits, ChooseProbes(bits));
    const double measured = MeasureRate(bits, 50000);
    std::printf("# %.1f bits a key, %u probes: expected %.5f, measured %.5f\n", bits, ChooseProbes(bits), expected,
                measured);
    CHECK(measured < expected * 1.25 + 0.0002 && measured > expected * 0.7 - 0.0002);
  }
}

void CheckEmpty() {
  BloomFilter filter;
  CHECK(filter.Decode(Slice()) && filter.MayContain(1) && filter.memory_bytes() == 0);
  BloomFilterBuilder none(0);
  none.Add(1);
  CHECK(none.Finish().empty());
  BloomFilterBuilder some(10);
  CHECK(some.Finish().empty());
  CHECK(MeasureRate(10, 1) < 0.1);
}

}  // namespace

int main() {
  CheckHash();
  CheckRates();
  CheckEmpty();
  BloomFilterBuilder builder(10);
  for (uint64_t i = 0; i < 60; i++) builder.Add(HashOf(KeyOf(i)));
  ForEachCorruption(TextOf(builder.Finish().slice()), [](Slice broken) {
    BloomFilter filter;
    if (!filter.Decode(broken)) CHECK(filter.memory_bytes() == 0);
    for (uint64_t i = 0; i < 4; i++) filter.MayContain(i * 0x9e3779b97f4a7c15);
  });
  return 0;
}
