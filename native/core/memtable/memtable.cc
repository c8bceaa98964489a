#include "core/memtable/memtable.h"

#include <cassert>

#include "core/memtable/memtable_registry.h"

namespace varve {

Memtable::~Memtable() { MemtableRegistry::Forget(id_); }

void Memtable::Apply(const MemtableWrite& write) {
  assert(WritableHere());
  assert(write.sequence <= kMaxSequence && write.key.size <= kMaxBytes && write.value.size <= kMaxBytes);
  entry_count_++;
  MemtableLeaf* leaf = tree_.FindOrInsert(write);
  if (leaf == nullptr) return;
  if (leaf->newest->sequence() <= write.sequence) {
    leaf->newest = NewVersion(arena_, write, leaf->newest);
    return;
  }
  // Out of order: behind the last version that is newer.
  auto* newer = const_cast<MemtableVersion*>(leaf->newest);
  while (newer->older != nullptr && newer->older->sequence() > write.sequence) {
    newer = const_cast<MemtableVersion*>(newer->older);
  }
  newer->older = NewVersion(arena_, write, newer->older);
}

}  // namespace varve
