#include "core/memtable/radix_tree.h"

#include <cassert>
#include <cstring>

namespace varve {

size_t CommonPrefix(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size) {
  const size_t limit = a_size < b_size ? a_size : b_size;
  size_t i = 0;
  for (; i + 8 <= limit; i += 8) {
    uint64_t left;
    uint64_t right;
    std::memcpy(&left, a + i, 8);
    std::memcpy(&right, b + i, 8);
    if (left != right) break;
  }
  while (i < limit && a[i] == b[i]) i++;
  return i;
}

const MemtableLeaf* RadixTree::Find(Slice key) const {
  RadixRef at = root_;
  size_t depth = 0;
  while (!at.empty()) {
    if (at.is_leaf()) return at.leaf()->key() == key ? at.leaf() : nullptr;
    const RadixNode* node = at.node();
    if (node->prefix_size > 0) {
      if (node->prefix_size > key.size - depth) return nullptr;
      // The rest of a long prefix is not looked at here: the leaf's whole key decides.
      if (std::memcmp(node->prefix_bytes, key.data + depth, node->inline_prefix_size()) != 0) return nullptr;
      depth += node->prefix_size;
    }
    if (depth == key.size) {
      const MemtableLeaf* leaf = node->terminator;
      return leaf != nullptr && leaf->key() == key ? leaf : nullptr;
    }
    const RadixRef* child = node->FindChild(key.data[depth]);
    if (child == nullptr) return nullptr;
    at = *child;
    depth++;
  }
  return nullptr;
}

namespace {

// The lines of a node that a search for `byte` touches, of whatever kind the node turns out to be.
void PrefetchNode(const RadixNode* node, uint8_t byte) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(node);
  __builtin_prefetch(bytes);
  __builtin_prefetch(bytes + 64);
  __builtin_prefetch(bytes + sizeof(RadixNode) + byte * sizeof(RadixRef));
}

// How far one of several searches that go on together has come. Its node, or leaf, is on its way from memory.
struct Descent {
  Slice key;
  RadixRef at;
  size_t depth = 0;

  void Prefetch() const {
    if (at.is_leaf()) {
      __builtin_prefetch(at.leaf());
    } else {
      PrefetchNode(at.node(), depth < key.size ? key.data[depth] : 0);
    }
  }
  // False when the search has come to its end.
  bool Step() {
    if (at.empty() || at.is_leaf()) return false;
    const RadixNode* const node = at.node();
    depth += node->prefix_size;
    if (depth >= key.size) return false;
    const RadixRef* const child = node->FindChild(key.data[depth]);
    if (child == nullptr) return false;
    at = *child;
    depth++;
    Prefetch();
    return true;
  }
};

}  // namespace

void RadixTree::Prefetch(const Slice* keys, size_t count) const {
  assert(count <= kPrefetchedKeys);
  Descent descents[kPrefetchedKeys];
  for (size_t i = 0; i < count; i++) {
    descents[i].key = keys[i];
    descents[i].at = root_;
  }
  // The root is near; from there on each step waits while the others' memory is on its way.
  for (size_t left = count; left > 0;) {
    for (size_t i = 0; i < left;) {
      if (descents[i].Step()) {
        i++;
      } else {
        descents[i] = descents[--left];
      }
    }
  }
}

MemtableLeaf* RadixTree::FindOrInsert(const MemtableWrite& write) {
  const Slice key = write.key;
  RadixRef* slot = &root_;
  size_t depth = 0;
  while (!slot->empty()) {
    if (slot->is_leaf()) {
      if (slot->leaf()->key() == key) return slot->leaf();
      SplitLeaf(slot, depth, write);
      return nullptr;
    }
    RadixNode* node = slot->node();
    if (node->prefix_size > 0) {
      const size_t matched = CommonPrefix(node->prefix(), node->prefix_size, key.data + depth, key.size - depth);
      if (matched < node->prefix_size) {
        SplitPrefix(slot, matched, depth, write);
        return nullptr;
      }
      depth += matched;
    }
    if (depth == key.size && node->terminator != nullptr) return node->terminator;
    RadixRef* child = depth == key.size ? nullptr : node->FindChild(key.data[depth]);
    if (child == nullptr) {
      AddLeaf(slot, depth, NewLeaf(arena_, write));
      return nullptr;
    }
    slot = child;
    depth++;
  }
  *slot = RadixRef(NewLeaf(arena_, write));
  modifications_++;
  return nullptr;
}

// The leaf in `slot` shares key[0, depth) and perhaps more with the new key: a node for what they share, over both.
void RadixTree::SplitLeaf(RadixRef* slot, size_t depth, const MemtableWrite& write) {
  MemtableLeaf* old_leaf = slot->leaf();
  const Slice old_key = old_leaf->key();
  const size_t shared =
      CommonPrefix(old_key.data + depth, old_key.size - depth, write.key.data + depth, write.key.size - depth);
  RadixNode* node = pool_.NewNode(RadixKind::kNode4);
  node->SetPrefix(old_key.data + depth, static_cast<uint32_t>(shared));
  *slot = RadixRef(node);
  AddLeaf(slot, depth + shared, old_leaf);
  AddLeaf(slot, depth + shared, NewLeaf(arena_, write));
}

// Only `matched` bytes of the prefix of the node in `slot` are in the new key: a node for those, over the node and the
// new leaf. The byte behind them leads to the node, and what then follows stays its prefix.
void RadixTree::SplitPrefix(RadixRef* slot, size_t matched, size_t depth, const MemtableWrite& write) {
  RadixNode* node = slot->node();
  const uint8_t* prefix = node->prefix();
  RadixNode* parent = pool_.NewNode(RadixKind::kNode4);
  parent->SetPrefix(prefix, static_cast<uint32_t>(matched));
  parent->AddChild(prefix[matched], RadixRef(node));
  node->SetPrefix(prefix + matched + 1, node->prefix_size - static_cast<uint32_t>(matched) - 1);
  *slot = RadixRef(parent);
  AddLeaf(slot, depth + matched, NewLeaf(arena_, write));
}

// Hangs `leaf`, whose key agrees with the path up to `depth`, below the node in `slot`, which grows when it is full.
void RadixTree::AddLeaf(RadixRef* slot, size_t depth, MemtableLeaf* leaf) {
  const Slice key = leaf->key();
  RadixNode* node = slot->node();
  modifications_++;
  if (depth == key.size) {
    assert(node->terminator == nullptr);
    node->terminator = leaf;
    return;
  }
  if (node->full()) {
    node = pool_.Grow(node);
    *slot = RadixRef(node);
  }
  node->AddChild(key.data[depth], RadixRef(leaf));
}

}  // namespace varve
