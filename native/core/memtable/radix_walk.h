// A position in a radix tree: a leaf and the path to it. Steps to the neighbours in key order, both ways.
//
// The path names nodes, which a write may replace: a walk is void once the tree's modifications() differ from what they
// were when the walk was placed, and must be placed again. One thread at a time.
#ifndef VARVE_CORE_MEMTABLE_RADIX_WALK_H_
#define VARVE_CORE_MEMTABLE_RADIX_WALK_H_

#include <vector>

#include "core/memtable/radix_tree.h"

namespace varve {

class RadixWalk {
 public:
  // The tree outlives the walk.
  explicit RadixWalk(const RadixTree& tree) : tree_(tree) {}

  // The leaf it stands on; nullptr: none, and no step can be taken.
  const MemtableLeaf* leaf() const { return leaf_; }

  // Whether nothing was added to the tree since the walk was placed.
  bool current() const { return placed_at_ == tree_.modifications(); }

  // Place it on the first leaf with key >= `key`; the last with key <= `key`; the very first; the very last.
  void SeekAtLeast(Slice key);
  void SeekAtMost(Slice key);
  void SeekFirst();
  void SeekLast();

  // REQUIRES: leaf() != nullptr && current()
  void Next();
  void Previous();

 private:
  static constexpr int kTerminator = -1;

  struct Frame {
    const RadixNode* node;
    // The byte of the child that the path goes through, or kTerminator.
    int byte;
  };

  // How the subtree at which a descent ended compares with the key that was sought.
  enum class Order { kAllBefore, kEqual, kAllAfter };
  struct Descent {
    // Not on the path.
    RadixRef subtree;
    Order order;
  };

  void Reset();
  // Follows `key` from the root as far as it leads and leaves the path there. With kEqual leaf_ is set and `subtree`
  // empty. Else leaf_ is nullptr, and the leaves of `subtree` (it may be empty) and nothing else are between what
  // StepBackward and StepForward would reach from the path.
  Descent Descend(Slice key);
  void StepForward();
  void StepBackward();
  void Leftmost(RadixRef ref);
  void Rightmost(RadixRef ref);

  const RadixTree& tree_;
  std::vector<Frame> path_;
  const MemtableLeaf* leaf_ = nullptr;
  uint64_t placed_at_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_RADIX_WALK_H_
