#include "core/read/tree_reader.h"

#include <algorithm>

#include "core/sstable/key_hash.h"

namespace varve {

TreeReader::TreeReader(std::shared_ptr<BlockCache> cache)
    : cache_(std::move(cache)), state_(std::make_shared<const ReadState>()) {}

TreeReader::Result TreeReader::Get(Slice key, uint64_t sequence, FoundEntry* found, MissingBlock* missing) const {
  for (const auto& memtable : state_->memtables) {
    const MemtableVersion* version = memtable->Find(key, sequence);
    if (version == nullptr) continue;
    if (version->type() != EntryType::kPut) return Result::kMissing;
    found->Take(version->value(), version->sequence());
    return Result::kFound;
  }
  if (state_->levels.empty()) return Result::kMissing;

  const uint64_t key_hash = KeyHash(key);
  for (size_t level = 0; level < state_->levels.size(); level++) {
    const SSTables& tables = state_->levels[level];
    // Level 0 is looked through whole; in a sorted level one table at most covers the key.
    size_t i = level == 0 ? 0 : FirstTableUpFrom(tables, 0, tables.size(), key);
    const size_t end = level == 0 ? tables.size() : std::min(i + 1, tables.size());
    for (; i < end; i++) {
      switch (tables[i]->Lookup(key, key_hash, sequence, *cache_, found, missing)) {
        case SSTable::Result::kAbsent:
          break;
        case SSTable::Result::kFound:
          return Result::kFound;
        case SSTable::Result::kDeleted:
          return Result::kMissing;
        case SSTable::Result::kStalled:
          return Result::kStalled;
        case SSTable::Result::kCorrupt:
          return Result::kCorrupt;
      }
    }
  }
  return Result::kMissing;
}

}  // namespace varve
