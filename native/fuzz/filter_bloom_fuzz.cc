// libFuzzer entry: a filter block of any bytes; see sstable_block_fuzz.cc for how to build it.
#include "core/sstable/bloom_filter.h"
#include "core/sstable/key_hash.h"

using namespace varve;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  BloomFilter filter;
  if (filter.Decode(Slice(data, size))) filter.MayContain(KeyHash(Slice(data, size < 16 ? size : 16)));
  return 0;
}
