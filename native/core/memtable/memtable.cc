#include "core/memtable/memtable.h"

#include <cassert>

#include "core/memtable/memtable_registry.h"

namespace varve {

Memtable::~Memtable() { MemtableRegistry::Forget(id_); }

void Memtable::Apply(const MemtableWrite& write) {
  assert(WritableHere());
  assert(write.sequence <= kMaxSequence && write.key.size <= kMaxBytes && write.value.size <= kMaxBytes);
  MemtableLeaf* leaf = tree_.FindOrInsert(write);
  if (leaf != nullptr && !AddVersion(leaf, write)) return;
  entry_count_++;
}

void Memtable::ApplySoon(const MemtableWrite& write) {
  assert(WritableHere());
  if (write.key.size + write.value.size > PendingWrites::kMostWriteBytes) return Apply(write);
  if (!pending_.Fits(write)) ApplyPending();
  pending_.Add(write);
}

void Memtable::ApplyPending() {
  Slice keys[PendingWrites::kMostWrites];
  for (size_t i = 0; i < pending_.size(); i++) keys[i] = pending_[i].key;
  if (pending_.size() > 1) tree_.Prefetch(keys, pending_.size());
  for (size_t i = 0; i < pending_.size(); i++) Apply(pending_[i]);
  pending_.Clear();
}

// False: the leaf has a version with this sequence number.
bool Memtable::AddVersion(MemtableLeaf* leaf, const MemtableWrite& write) {
  if (leaf->newest->sequence() < write.sequence) {
    leaf->newest = NewVersion(arena_, write, leaf->newest);
    return true;
  }
  // Out of order: behind the last version that is not older.
  auto* newer = const_cast<MemtableVersion*>(leaf->newest);
  while (newer->older != nullptr && newer->older->sequence() >= write.sequence) {
    newer = const_cast<MemtableVersion*>(newer->older);
  }
  if (newer->sequence() == write.sequence) return false;
  newer->older = NewVersion(arena_, write, newer->older);
  return true;
}

}  // namespace varve
