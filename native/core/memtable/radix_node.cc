#include "core/memtable/radix_node.h"

#include <cassert>
#include <cstring>
#include <new>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace varve {
namespace {

// The index of `byte` among the first `count` of `bytes`, or -1.
int IndexOf(const uint8_t* bytes, int count, uint8_t byte) {
#if defined(__SSE2__)
  const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const int equal = _mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(byte))));
  const int found = equal & ((1 << count) - 1);
  return found == 0 ? -1 : __builtin_ctz(static_cast<unsigned>(found));
#else
  for (int i = 0; i < count; i++) {
    if (bytes[i] == byte) return i;
  }
  return -1;
#endif
}

RadixRef FirstInSorted(const uint8_t* bytes, const RadixRef* children, int count, int from, int* byte) {
  for (int i = 0; i < count; i++) {
    if (bytes[i] < from) continue;
    *byte = bytes[i];
    return children[i];
  }
  return RadixRef();
}

RadixRef LastInSorted(const uint8_t* bytes, const RadixRef* children, int count, int from, int* byte) {
  for (int i = count - 1; i >= 0; i--) {
    if (bytes[i] > from) continue;
    *byte = bytes[i];
    return children[i];
  }
  return RadixRef();
}

void AddSorted(uint8_t* bytes, RadixRef* children, int count, uint8_t byte, RadixRef child) {
  int at = count;
  while (at > 0 && bytes[at - 1] > byte) {
    bytes[at] = bytes[at - 1];
    children[at] = children[at - 1];
    at--;
  }
  bytes[at] = byte;
  children[at] = child;
}

}  // namespace

void RadixNode::SetPrefix(const uint8_t* bytes, uint32_t size) {
  prefix_size = size;
  if (size <= kInlinePrefix) {
    // `bytes` may be this node's own prefix, shortened.
    if (size > 0) std::memmove(prefix_bytes, bytes, size);
    return;
  }
  std::memcpy(prefix_bytes, bytes, kPrefixHead);
  std::memcpy(prefix_bytes + kPrefixHead, &bytes, sizeof(bytes));
}

RadixRef* RadixNode::FindChild(uint8_t byte) {
  switch (kind) {
    case RadixKind::kNode4: {
      auto* node = static_cast<RadixNode4*>(this);
      for (int i = 0; i < child_count; i++) {
        if (node4_bytes[i] == byte) return &node->children[i];
      }
      return nullptr;
    }
    case RadixKind::kNode16: {
      auto* node = static_cast<RadixNode16*>(this);
      const int i = IndexOf(node->bytes, child_count, byte);
      return i < 0 ? nullptr : &node->children[i];
    }
    case RadixKind::kNode48: {
      auto* node = static_cast<RadixNode48*>(this);
      const int i = node->index[byte];
      return i == 0 ? nullptr : &node->children[i - 1];
    }
    case RadixKind::kNode256: {
      auto* node = static_cast<RadixNode256*>(this);
      return node->children[byte].empty() ? nullptr : &node->children[byte];
    }
  }
  return nullptr;
}

RadixRef RadixNode::FirstChildFrom(int from, int* byte) const {
  switch (kind) {
    case RadixKind::kNode4: {
      const auto* node = static_cast<const RadixNode4*>(this);
      return FirstInSorted(node4_bytes, node->children, child_count, from, byte);
    }
    case RadixKind::kNode16: {
      const auto* node = static_cast<const RadixNode16*>(this);
      return FirstInSorted(node->bytes, node->children, child_count, from, byte);
    }
    case RadixKind::kNode48: {
      const auto* node = static_cast<const RadixNode48*>(this);
      for (*byte = from; *byte < 256; ++*byte) {
        if (node->index[*byte] != 0) return node->children[node->index[*byte] - 1];
      }
      return RadixRef();
    }
    case RadixKind::kNode256: {
      const auto* node = static_cast<const RadixNode256*>(this);
      for (*byte = from; *byte < 256; ++*byte) {
        if (!node->children[*byte].empty()) return node->children[*byte];
      }
      return RadixRef();
    }
  }
  return RadixRef();
}

RadixRef RadixNode::LastChildUpTo(int from, int* byte) const {
  switch (kind) {
    case RadixKind::kNode4: {
      const auto* node = static_cast<const RadixNode4*>(this);
      return LastInSorted(node4_bytes, node->children, child_count, from, byte);
    }
    case RadixKind::kNode16: {
      const auto* node = static_cast<const RadixNode16*>(this);
      return LastInSorted(node->bytes, node->children, child_count, from, byte);
    }
    case RadixKind::kNode48: {
      const auto* node = static_cast<const RadixNode48*>(this);
      for (*byte = from; *byte >= 0; --*byte) {
        if (node->index[*byte] != 0) return node->children[node->index[*byte] - 1];
      }
      return RadixRef();
    }
    case RadixKind::kNode256: {
      const auto* node = static_cast<const RadixNode256*>(this);
      for (*byte = from; *byte >= 0; --*byte) {
        if (!node->children[*byte].empty()) return node->children[*byte];
      }
      return RadixRef();
    }
  }
  return RadixRef();
}

bool RadixNode::full() const {
  constexpr int kCapacities[] = {RadixNode4::kCapacity, RadixNode16::kCapacity, RadixNode48::kCapacity,
                                 RadixNode256::kCapacity};
  return child_count == kCapacities[static_cast<int>(kind)];
}

void RadixNode::AddChild(uint8_t byte, RadixRef child) {
  assert(!full() && FindChild(byte) == nullptr);
  switch (kind) {
    case RadixKind::kNode4:
      AddSorted(node4_bytes, static_cast<RadixNode4*>(this)->children, child_count, byte, child);
      break;
    case RadixKind::kNode16: {
      auto* node = static_cast<RadixNode16*>(this);
      AddSorted(node->bytes, node->children, child_count, byte, child);
      break;
    }
    case RadixKind::kNode48: {
      auto* node = static_cast<RadixNode48*>(this);
      node->children[child_count] = child;
      node->index[byte] = static_cast<uint8_t>(child_count + 1);
      break;
    }
    case RadixKind::kNode256:
      static_cast<RadixNode256*>(this)->children[byte] = child;
      break;
  }
  child_count++;
}

constexpr size_t RadixNodePool::kNodeBytes[];

RadixNode* RadixNodePool::NewNode(RadixKind kind) {
  const int i = static_cast<int>(kind);
  uint8_t* place = retired_[i];
  if (place != nullptr) {
    std::memcpy(&retired_[i], place, sizeof(retired_[i]));
  } else {
    place = arena_.Allocate(kNodeBytes[i], 8);
  }
  std::memset(place, 0, kNodeBytes[i]);
  auto* node = reinterpret_cast<RadixNode*>(place);
  node->kind = kind;
  return node;
}

RadixNode* RadixNodePool::Grow(RadixNode* node) {
  assert(node->kind != RadixKind::kNode256);
  RadixNode* grown = NewNode(static_cast<RadixKind>(static_cast<int>(node->kind) + 1));
  grown->terminator = node->terminator;
  grown->SetPrefix(node->prefix(), node->prefix_size);
  int byte = -1;
  for (RadixRef child = node->FirstChildFrom(0, &byte); !child.empty(); child = node->FirstChildFrom(byte + 1, &byte)) {
    grown->AddChild(static_cast<uint8_t>(byte), child);
  }
  const int i = static_cast<int>(node->kind);
  uint8_t* place = reinterpret_cast<uint8_t*>(node);
  std::memcpy(place, &retired_[i], sizeof(retired_[i]));
  retired_[i] = place;
  return grown;
}

}  // namespace varve
