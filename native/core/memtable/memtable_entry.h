// How a memtable keeps a key and its versions in arena memory.
//
//   leaf    := newest version (pointer) | key size u32 | key
//   version := older version (pointer) | sequence << 8 | type | value size u32 | value
//
// A leaf and its first version lie side by side, so that finding a key and reading its value touches one place. Both
// are aligned to 4 only: 16-byte keys with 100-byte values then take 148 bytes without padding. A chain runs from the
// highest sequence number down. Leaves, keys, versions and values never move and are never freed before the memtable:
// only `newest` and `older` pointers change, and only by the writing thread.
#ifndef VARVE_CORE_MEMTABLE_MEMTABLE_ENTRY_H_
#define VARVE_CORE_MEMTABLE_MEMTABLE_ENTRY_H_

#include <cstring>

#include "core/entry.h"
#include "core/memtable/arena.h"
#include "core/slice.h"

namespace varve {

struct __attribute__((packed, aligned(4))) MemtableVersion {
  const MemtableVersion* older;
  uint64_t sequence_and_type;
  uint32_t value_size;

  uint64_t sequence() const { return sequence_and_type >> 8; }
  EntryType type() const { return static_cast<EntryType>(sequence_and_type & 0xff); }
  Slice value() const { return Slice(reinterpret_cast<const uint8_t*>(this + 1), value_size); }
};

struct __attribute__((packed, aligned(4))) MemtableLeaf {
  const MemtableVersion* newest;
  uint32_t key_size;

  Slice key() const { return Slice(reinterpret_cast<const uint8_t*>(this + 1), key_size); }

  // The newest version at or below `sequence`, or nullptr.
  const MemtableVersion* FindVersion(uint64_t sequence) const {
    const MemtableVersion* version = newest;
    while (version != nullptr && version->sequence() > sequence) version = version->older;
    return version;
  }

  // REQUIRES: `version` is of this leaf's chain, or nullptr for behind its end. Walks the chain from its newest.
  const MemtableVersion* NewerThan(const MemtableVersion* version) const {
    const MemtableVersion* newer = nullptr;
    for (const MemtableVersion* at = newest; at != version; at = at->older) newer = at;
    return newer;
  }
};

// What a write brings; the slices are borrowed.
struct MemtableWrite {
  EntryType type;
  uint64_t sequence;
  Slice key;
  Slice value;
};

// Places a version of `write` at `place`, which has room for sizeof(MemtableVersion) + value.
inline MemtableVersion* PlaceVersion(uint8_t* place, const MemtableWrite& write, const MemtableVersion* older) {
  auto* version = reinterpret_cast<MemtableVersion*>(place);
  version->older = older;
  version->sequence_and_type = write.sequence << 8 | static_cast<uint8_t>(write.type);
  version->value_size = static_cast<uint32_t>(write.value.size);
  if (!write.value.empty()) std::memcpy(version + 1, write.value.data, write.value.size);
  return version;
}

inline MemtableVersion* NewVersion(Arena& arena, const MemtableWrite& write, const MemtableVersion* older) {
  return PlaceVersion(arena.Allocate(sizeof(MemtableVersion) + write.value.size, 4), write, older);
}

inline MemtableLeaf* NewLeaf(Arena& arena, const MemtableWrite& write) {
  const size_t version_at = (sizeof(MemtableLeaf) + write.key.size + 3) & ~size_t{3};
  uint8_t* place = arena.Allocate(version_at + sizeof(MemtableVersion) + write.value.size, 4);
  auto* leaf = reinterpret_cast<MemtableLeaf*>(place);
  leaf->newest = PlaceVersion(place + version_at, write, nullptr);
  leaf->key_size = static_cast<uint32_t>(write.key.size);
  if (!write.key.empty()) std::memcpy(leaf + 1, write.key.data, write.key.size);
  return leaf;
}

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_MEMTABLE_ENTRY_H_
