// libFuzzer entry: an index block of any bytes; see sstable_block_fuzz.cc for how to build it.
#include "core/sstable/index_reader.h"

using namespace varve;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const size_t key_size = size < 8 ? size : 8;
  const Slice key(data, key_size);
  IndexReader index;
  if (!index.Decode(Slice(data + key_size, size - key_size))) return 0;
  const size_t i = index.Find(key);
  if (i > 0 && index.CompareSeparator(i - 1, key) >= 0) __builtin_trap();
  if (i < index.block_count() && index.CompareSeparator(i, key) < 0) __builtin_trap();
  return 0;
}
