#include "core/memtable/memtable_set.h"

#include <cassert>

namespace varve {

void MemtableSet::Set(std::shared_ptr<Memtable> memtable) {
  last_ = nullptr;
  memtables_[memtable->tree_id()] = std::move(memtable);
}

void MemtableSet::Remove(uint32_t tree_id) {
  last_ = nullptr;
  memtables_.erase(tree_id);
}

Memtable* MemtableSet::Find(uint32_t tree_id) {
  if (last_ != nullptr && last_->tree_id() == tree_id) return last_;
  const auto found = memtables_.find(tree_id);
  if (found == memtables_.end()) return nullptr;
  last_ = found->second.get();
  return last_;
}

MemtableSet::Result MemtableSet::Check(Slice payload) {
  Result result = {true, 0, 0};
  size_t at = 0;
  while (at < payload.size) {
    Record record;
    const size_t size = DecodeRecord(Slice(payload.data + at, payload.size - at), &record);
    const Memtable* memtable = size == 0 ? nullptr : Find(record.tree_id);
    if (memtable == nullptr || !memtable->WritableHere()) return {false, result.records, at};
    if (record.key.size > Memtable::kMaxBytes || record.value.size > Memtable::kMaxBytes) {
      return {false, result.records, at};
    }
    result.records++;
    at += size;
  }
  return result;
}

MemtableSet::Result MemtableSet::Apply(Slice payload, uint64_t first_sequence) {
  assert(payload.size <= kMaxSequence && first_sequence <= kMaxSequence - payload.size);
  const Result result = Check(payload);
  if (!result.ok) return result;
  size_t at = 0;
  for (uint64_t n = 0; n < result.records;) {
    Record records[RadixTree::kPrefetchedKeys];
    size_t count = 0;
    while (count < RadixTree::kPrefetchedKeys && n + count < result.records) {
      at += DecodeRecord(Slice(payload.data + at, payload.size - at), &records[count++]);
    }
    Prefetch(records, count);
    for (size_t i = 0; i < count; i++, n++) {
      const Record& record = records[i];
      Find(record.tree_id)->Apply({record.type, first_sequence + n, record.key, record.value});
    }
  }
  assert(at == payload.size);
  return result;
}

// Those of the first record's tree: a batch mostly has one.
void MemtableSet::Prefetch(const Record* records, size_t count) {
  Slice keys[RadixTree::kPrefetchedKeys];
  size_t key_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (records[i].tree_id == records[0].tree_id) keys[key_count++] = records[i].key;
  }
  if (key_count > 1) Find(records[0].tree_id)->tree().Prefetch(keys, key_count);
}

}  // namespace varve
