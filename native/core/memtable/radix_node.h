// The inner nodes of the adaptive radix tree (Leis, Kemper, Neumann: "The Adaptive Radix Tree: ARTful Indexing for
// Main-Memory Databases", ICDE'13): four sizes, for up to 4, 16, 48 and 256 children.
//
// A node stands for the bytes that all keys below it share: its prefix, then one byte a child. A key that ends with the
// prefix is the node's terminator, so a key may be the beginning of another. Prefixes of up to 12 bytes are kept in
// the node; of a longer one the first 4 bytes and a pointer to its bytes inside a leaf's key, which never moves.
// Invariants: at least one child; terminator and children together at least two; the children's bytes of Node4 and
// Node16 ascend. A grown node's old memory is reused by its pool. The writing thread alone changes nodes.
#ifndef VARVE_CORE_MEMTABLE_RADIX_NODE_H_
#define VARVE_CORE_MEMTABLE_RADIX_NODE_H_

#include <cstdint>

#include "core/memtable/arena.h"
#include "core/memtable/memtable_entry.h"
#include "core/slice.h"

namespace varve {

struct RadixNode;

// A node, a leaf or nothing; the lowest bit tells a leaf.
class RadixRef {
 public:
  RadixRef() = default;
  explicit RadixRef(RadixNode* node) : bits_(reinterpret_cast<uintptr_t>(node)) {}
  explicit RadixRef(MemtableLeaf* leaf) : bits_(reinterpret_cast<uintptr_t>(leaf) | 1) {}

  bool empty() const { return bits_ == 0; }
  bool is_leaf() const { return (bits_ & 1) != 0; }
  RadixNode* node() const { return reinterpret_cast<RadixNode*>(bits_); }
  MemtableLeaf* leaf() const { return reinterpret_cast<MemtableLeaf*>(bits_ - 1); }

 private:
  uintptr_t bits_ = 0;
};

enum class RadixKind : uint8_t { kNode4, kNode16, kNode48, kNode256 };

struct RadixNode {
  static constexpr uint32_t kInlinePrefix = 12;
  static constexpr uint32_t kPrefixHead = 4;

  MemtableLeaf* terminator;
  uint32_t prefix_size;
  uint16_t child_count;
  RadixKind kind;
  uint8_t unused;
  // The prefix, or its first kPrefixHead bytes and a pointer to all of it.
  uint8_t prefix_bytes[kInlinePrefix];
  // The children's bytes in a Node4: here they fill up its one cache line.
  uint8_t node4_bytes[4];

  const uint8_t* prefix() const {
    if (prefix_size <= kInlinePrefix) return prefix_bytes;
    const uint8_t* pointer;
    std::memcpy(&pointer, prefix_bytes + kPrefixHead, sizeof(pointer));
    return pointer;
  }

  // `bytes` must lie in the arena if there are more than kInlinePrefix.
  void SetPrefix(const uint8_t* bytes, uint32_t size);

  // How many bytes of `prefix_bytes` are prefix: all of it unless it is long.
  uint32_t inline_prefix_size() const { return prefix_size <= kInlinePrefix ? prefix_size : kPrefixHead; }

  // The child of `byte`, or nullptr. The slot is good until the node grows.
  RadixRef* FindChild(uint8_t byte);
  const RadixRef* FindChild(uint8_t byte) const { return const_cast<RadixNode*>(this)->FindChild(byte); }

  // The first child whose byte is >= `from` (0 to 256), or the last whose byte is <= `from` (-1 to 255): its byte in
  // `*byte`. Empty: none.
  RadixRef FirstChildFrom(int from, int* byte) const;
  RadixRef LastChildUpTo(int from, int* byte) const;

  bool full() const;
  // REQUIRES: !full() and no child of `byte`
  void AddChild(uint8_t byte, RadixRef child);
};

struct RadixNode4 : RadixNode {
  static constexpr int kCapacity = 4;
  RadixRef children[kCapacity];
};

struct RadixNode16 : RadixNode {
  static constexpr int kCapacity = 16;
  uint8_t bytes[kCapacity];
  RadixRef children[kCapacity];
};

struct RadixNode48 : RadixNode {
  static constexpr int kCapacity = 48;
  // 0: no child; else the child's index + 1
  uint8_t index[256];
  RadixRef children[kCapacity];
};

struct RadixNode256 : RadixNode {
  static constexpr int kCapacity = 256;
  RadixRef children[kCapacity];
};

static_assert(sizeof(RadixNode) == 32 && sizeof(RadixNode4) == 64, "a Node4 is one cache line");

// Makes nodes in an arena and reuses those that were grown out of. The arena outlives it.
class RadixNodePool {
 public:
  explicit RadixNodePool(Arena& arena) : arena_(arena) {}

  // An empty node without terminator and prefix.
  RadixNode* NewNode(RadixKind kind);
  // A node of the next kind with all that `node` holds; `node` is the pool's again.
  RadixNode* Grow(RadixNode* node);

 private:
  static constexpr int kKinds = 4;
  static constexpr size_t kNodeBytes[kKinds] = {sizeof(RadixNode4), sizeof(RadixNode16), sizeof(RadixNode48),
                                                sizeof(RadixNode256)};

  Arena& arena_;
  // Retired nodes by kind, linked through their first word.
  uint8_t* retired_[kKinds] = {};
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_RADIX_NODE_H_
