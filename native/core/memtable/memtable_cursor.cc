#include "core/memtable/memtable_cursor.h"

#include <algorithm>
#include <cassert>

namespace varve {

MemtableCursor::MemtableCursor(std::shared_ptr<const Memtable> memtable, bool all_versions, uint64_t limit)
    : memtable_(std::move(memtable)), all_versions_(all_versions), limit_(limit), walk_(memtable_->tree()) {}

std::unique_ptr<EntryCursor> MemtableCursor::AllVersions(std::shared_ptr<const Memtable> memtable) {
  return std::unique_ptr<EntryCursor>(new MemtableCursor(std::move(memtable), true, kMaxSequence));
}

std::unique_ptr<EntryCursor> MemtableCursor::VisibleAt(std::shared_ptr<const Memtable> memtable, uint64_t sequence) {
  return std::unique_ptr<EntryCursor>(new MemtableCursor(std::move(memtable), false, sequence));
}

// The path is void after a write; the leaf is not, and its key leads to it again.
void MemtableCursor::Refresh() {
  assert(version_ != nullptr);
  if (walk_.current()) return;
  [[maybe_unused]] const MemtableLeaf* leaf = walk_.leaf();
  walk_.SeekAtLeast(leaf->key());
  assert(walk_.leaf() == leaf);
}

// From the walk's leaf on, the first version that is shown; on that leaf it must also be at or below `sequence`.
EntryCursor::State MemtableCursor::FirstShownForward(uint64_t sequence) {
  version_ = nullptr;
  uint64_t at_most = std::min(sequence, limit_);
  while (walk_.leaf() != nullptr) {
    version_ = walk_.leaf()->FindVersion(at_most);
    if (version_ != nullptr) break;
    at_most = limit_;
    walk_.Next();
  }
  return state();
}

EntryCursor::State MemtableCursor::FirstShownBackward() {
  version_ = nullptr;
  while (walk_.leaf() != nullptr) {
    // nullptr asks for what is newer than the end of the chain: its oldest.
    version_ = all_versions_ ? walk_.leaf()->NewerThan(nullptr) : walk_.leaf()->FindVersion(limit_);
    if (version_ != nullptr) break;
    walk_.Previous();
  }
  return state();
}

EntryCursor::State MemtableCursor::Seek(Slice key, uint64_t sequence) {
  walk_.SeekAtLeast(key);
  // The sequence number bounds the versions of `key` itself, not those of the keys behind it.
  const bool on_key = walk_.leaf() != nullptr && walk_.leaf()->key() == key;
  return FirstShownForward(on_key ? sequence : kMaxSequence);
}

EntryCursor::State MemtableCursor::SeekForPrevious(Slice key) {
  walk_.SeekAtMost(key);
  return FirstShownBackward();
}

EntryCursor::State MemtableCursor::SeekToFirst() {
  walk_.SeekFirst();
  return FirstShownForward(kMaxSequence);
}

EntryCursor::State MemtableCursor::SeekToLast() {
  walk_.SeekLast();
  return FirstShownBackward();
}

EntryCursor::State MemtableCursor::Next() {
  Refresh();
  if (all_versions_ && version_->older != nullptr) {
    version_ = version_->older;
    return state();
  }
  walk_.Next();
  return FirstShownForward(kMaxSequence);
}

EntryCursor::State MemtableCursor::Previous() {
  Refresh();
  if (all_versions_) {
    const MemtableVersion* newer = walk_.leaf()->NewerThan(version_);
    if (newer != nullptr) {
      version_ = newer;
      return state();
    }
  }
  walk_.Previous();
  return FirstShownBackward();
}

}  // namespace varve
