// An adaptive radix tree from keys to memtable leaves, kept in the memtable's arena. Keys are only ever added.
//
// Why not a skip list: for short random keys it costs a quarter of the cache misses (native/README.md has the figures).
// A lookup compares only the part of a prefix that lies in the node and the whole key once, at the leaf; writes and
// walks compare prefixes in full.
// One thread writes. Others may read once they know that writing has ended.
#ifndef VARVE_CORE_MEMTABLE_RADIX_TREE_H_
#define VARVE_CORE_MEMTABLE_RADIX_TREE_H_

#include "core/memtable/arena.h"
#include "core/memtable/memtable_entry.h"
#include "core/memtable/radix_node.h"
#include "core/slice.h"

namespace varve {

class RadixTree {
 public:
  // The arena outlives the tree.
  explicit RadixTree(Arena& arena) : arena_(arena), pool_(arena) {}

  // The leaf of `write.key`; when there is none, makes one that holds `write` and returns nullptr.
  MemtableLeaf* FindOrInsert(const MemtableWrite& write);

  // The leaf of `key`, or nullptr.
  const MemtableLeaf* Find(Slice key) const;

  // Brings what FindOrInsert will look at for each of the keys towards the processor, for all of them at once: alone
  // each would wait for one node after the other. Changes nothing; a key that is wrong by the time it is looked up
  // costs no more than time.
  static constexpr size_t kPrefetchedKeys = 16;
  // REQUIRES: count <= kPrefetchedKeys
  void Prefetch(const Slice* keys, size_t count) const;

  RadixRef root() const { return root_; }

  // Rises with every change of the nodes: a walk that remembers nodes is void once it differs.
  uint64_t modifications() const { return modifications_; }

 private:
  void SplitLeaf(RadixRef* slot, size_t depth, const MemtableWrite& write);
  void SplitPrefix(RadixRef* slot, size_t matched, size_t depth, const MemtableWrite& write);
  void AddLeaf(RadixRef* slot, size_t depth, MemtableLeaf* leaf);

  Arena& arena_;
  RadixNodePool pool_;
  RadixRef root_;
  uint64_t modifications_ = 0;
};

// How many bytes at the start are equal.
size_t CommonPrefix(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size);

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_RADIX_TREE_H_
