// A memtable: the entries of one tree that are not yet in an SSTable. Every version of every key is kept.
//
// Threads: the thread that made it writes, and reads, until it calls Freeze(). After that nothing changes any more and
// any number of threads may read; frozen() is the fence between the two. WritableHere() and ReadableHere() tell.
// Held by shared_ptr (MemtableRegistry makes them): handles, read states and iterators each keep it alive.
#ifndef VARVE_CORE_MEMTABLE_MEMTABLE_H_
#define VARVE_CORE_MEMTABLE_MEMTABLE_H_

#include <atomic>
#include <memory>
#include <thread>

#include "core/entry.h"
#include "core/memtable/arena.h"
#include "core/memtable/memtable_entry.h"
#include "core/memtable/pending_writes.h"
#include "core/memtable/radix_tree.h"

namespace varve {

class Memtable {
 public:
  // Keys and values are shorter than this: their lengths are kept in 32 bits.
  static constexpr size_t kMaxBytes = 0xffffff00;

  Memtable(uint64_t id, uint32_t tree_id) : id_(id), tree_id_(tree_id) {}
  ~Memtable();
  Memtable(const Memtable&) = delete;
  Memtable& operator=(const Memtable&) = delete;

  uint64_t id() const { return id_; }
  uint32_t tree_id() const { return tree_id_; }

  // Adds a version; copies key and value. Sequence numbers of a key usually rise; whatever the order they come in, the
  // chain is kept sorted. A key's version with a sequence number that it has already is the same write, replayed: it is
  // left out.
  // REQUIRES: WritableHere(), sequence <= kMaxSequence, sizes <= kMaxBytes
  void Apply(const MemtableWrite& write);
  // The same, for writes that come one by one: whoever looks at the memtable sees it, but it may go into the tree a
  // little later, together with others.
  void ApplySoon(const MemtableWrite& write);

  // The newest version of `key` at or below `sequence`, or nullptr. It lives as long as the memtable.
  const MemtableVersion* Find(Slice key, uint64_t sequence) const {
    Settle();
    const MemtableLeaf* leaf = tree_.Find(key);
    return leaf == nullptr ? nullptr : leaf->FindVersion(sequence);
  }

  void Freeze() {
    Settle();
    if (!frozen()) pending_.Release();
    frozen_.store(true, std::memory_order_release);
  }
  bool frozen() const { return frozen_.load(std::memory_order_acquire); }
  bool ReadableHere() const { return frozen() || std::this_thread::get_id() == owner_; }
  bool WritableHere() const { return !frozen() && std::this_thread::get_id() == owner_; }

  // All memory it holds: the arena's chunks, what is pending and the object.
  size_t memory_bytes() const {
    Settle();
    return arena_.memory_bytes() + pending_.memory_bytes() + sizeof(*this);
  }
  // Versions, tombstones included.
  uint64_t entry_count() const {
    Settle();
    return entry_count_;
  }

  // With everything in it that was written so far.
  const RadixTree& tree() const {
    Settle();
    return tree_;
  }

 private:
  bool AddVersion(MemtableLeaf* leaf, const MemtableWrite& write);
  // Puts what is pending into the tree. To whoever looks nothing changes, and a frozen memtable has nothing pending.
  void Settle() const {
    if (pending_.size() > 0) const_cast<Memtable*>(this)->ApplyPending();
  }
  void ApplyPending();

  const uint64_t id_;
  const uint32_t tree_id_;
  const std::thread::id owner_ = std::this_thread::get_id();
  std::atomic<bool> frozen_{false};
  Arena arena_;
  RadixTree tree_{arena_};
  uint64_t entry_count_ = 0;
  PendingWrites pending_;
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_MEMTABLE_H_
