// Fuzz target: a filter block of any bytes. Input: length of the key, the key, the block.
//
// A filter that is taken answers as its bits say, read one by one; a filter that was built takes every key it was built
// of.
#include "core/sstable/bloom_filter.h"
#include "core/sstable/bloom_filter_builder.h"
#include "core/sstable/key_hash.h"
#include "fuzz/fuzz_input.h"

using namespace varve;
using namespace varve::fuzz;

namespace {

// The rule of src/engine/sstable/format.ts, put plainly.
bool MayContainPlainly(Slice block, uint32_t line_count, uint32_t probes, uint64_t hash) {
  const size_t line = static_cast<size_t>(((hash >> 32) * line_count) >> 32);
  auto state = static_cast<uint32_t>(hash);
  for (uint32_t i = 0; i < probes; i++) {
    state = static_cast<uint32_t>(uint64_t{state} * 0x9e3779b9u);
    const size_t bit = line * 512 + (state >> 23);
    FUZZ_CHECK(bit / 8 < block.size);
    if ((block.data[bit / 8] >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const OwnedBytes key = input.ShortBytes();
  const OwnedBytes block = input.Rest();
  BloomFilter filter;
  if (filter.Decode(block.slice())) {
    FUZZ_CHECK(filter.memory_bytes() <= block.slice().size && filter.probes() <= kMaxFilterProbes);
    for (size_t cut = 0; cut <= key.slice().size; cut++) {
      const uint64_t hash = KeyHash(Slice(key.slice().data, cut));
      filter.Prefetch(hash);
      FUZZ_CHECK(filter.MayContain(hash) ==
                 MayContainPlainly(block.slice(), filter.line_count(), filter.probes(), hash));
    }
  } else {
    FUZZ_CHECK(filter.line_count() == 0 && filter.MayContain(KeyHash(key.slice())));
  }

  BloomFilterBuilder builder(key.slice().empty() ? 10 : key.slice().data[0] % 40);
  for (size_t cut = 0; cut <= key.slice().size; cut++) builder.Add(KeyHash(Slice(key.slice().data, cut)));
  const ByteBuffer built = builder.Finish();
  FUZZ_CHECK(filter.Decode(built.slice()));
  for (size_t cut = 0; cut <= key.slice().size; cut++) {
    FUZZ_CHECK(filter.MayContain(KeyHash(Slice(key.slice().data, cut))));
  }
  return 0;
}
