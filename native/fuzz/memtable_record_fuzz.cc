// libFuzzer entry: a payload of any bytes for a set with two memtables; see sstable_block_fuzz.cc for how to
// build it, with native/core/memtable/*.cc.
#include <cstdlib>

#include "core/memtable/memtable_registry.h"
#include "core/memtable/memtable_set.h"

using namespace varve;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  MemtableSet set;
  const auto first = MemtableRegistry::Create(0);
  const auto second = MemtableRegistry::Create(1);
  set.Set(first);
  set.Set(second);
  const MemtableSet::Result result = set.Apply(Slice(data, size), 1);
  // Each record is a version of its own, or none was applied.
  if (first->entry_count() + second->entry_count() != (result.ok ? result.records : 0)) std::abort();
  return 0;
}
