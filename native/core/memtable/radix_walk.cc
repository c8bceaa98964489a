#include "core/memtable/radix_walk.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace varve {

void RadixWalk::Reset() {
  path_.clear();
  leaf_ = nullptr;
  placed_at_ = tree_.modifications();
}

RadixWalk::Descent RadixWalk::Descend(Slice key) {
  RadixRef at = tree_.root();
  size_t depth = 0;
  while (!at.empty()) {
    if (at.is_leaf()) {
      const int order = at.leaf()->key().compare(key);
      if (order != 0) return {at, order < 0 ? Order::kAllBefore : Order::kAllAfter};
      leaf_ = at.leaf();
      return {RadixRef(), Order::kEqual};
    }
    const RadixNode* node = at.node();
    const int order = Slice(node->prefix(), node->prefix_size)
                          .compare(Slice(key.data + depth, std::min<size_t>(node->prefix_size, key.size - depth)));
    if (order != 0) return {at, order < 0 ? Order::kAllBefore : Order::kAllAfter};
    depth += node->prefix_size;
    if (depth == key.size) {
      if (node->terminator == nullptr) return {at, Order::kAllAfter};
      path_.push_back({node, kTerminator});
      leaf_ = node->terminator;
      return {RadixRef(), Order::kEqual};
    }
    const int byte = key.data[depth];
    path_.push_back({node, byte});
    const RadixRef* child = node->FindChild(key.data[depth]);
    // The frame names a byte without a child: the steps look for the next byte from there.
    if (child == nullptr) return {RadixRef(), Order::kAllAfter};
    at = *child;
    depth++;
  }
  return {RadixRef(), Order::kAllAfter};
}

void RadixWalk::SeekAtLeast(Slice key) {
  Reset();
  const Descent end = Descend(key);
  if (end.order == Order::kEqual) return;
  if (end.order == Order::kAllAfter && !end.subtree.empty()) {
    Leftmost(end.subtree);
  } else {
    StepForward();
  }
}

void RadixWalk::SeekAtMost(Slice key) {
  Reset();
  const Descent end = Descend(key);
  if (end.order == Order::kEqual) return;
  if (end.order == Order::kAllBefore && !end.subtree.empty()) {
    Rightmost(end.subtree);
  } else {
    StepBackward();
  }
}

void RadixWalk::SeekFirst() {
  Reset();
  if (!tree_.root().empty()) Leftmost(tree_.root());
}

void RadixWalk::SeekLast() {
  Reset();
  if (!tree_.root().empty()) Rightmost(tree_.root());
}

void RadixWalk::Next() {
  assert(leaf_ != nullptr && current());
  StepForward();
}

void RadixWalk::Previous() {
  assert(leaf_ != nullptr && current());
  StepBackward();
}

void RadixWalk::StepForward() {
  leaf_ = nullptr;
  while (!path_.empty()) {
    Frame& frame = path_.back();
    const RadixRef child = frame.node->FirstChildFrom(frame.byte + 1, &frame.byte);
    if (!child.empty()) return Leftmost(child);
    path_.pop_back();
  }
}

void RadixWalk::StepBackward() {
  leaf_ = nullptr;
  while (!path_.empty()) {
    Frame& frame = path_.back();
    if (frame.byte != kTerminator) {
      const RadixRef child = frame.node->LastChildUpTo(frame.byte - 1, &frame.byte);
      if (!child.empty()) return Rightmost(child);
      if (frame.node->terminator != nullptr) {
        frame.byte = kTerminator;
        leaf_ = frame.node->terminator;
        return;
      }
    }
    path_.pop_back();
  }
}

void RadixWalk::Leftmost(RadixRef ref) {
  while (!ref.is_leaf()) {
    const RadixNode* node = ref.node();
    path_.push_back({node, kTerminator});
    if (node->terminator != nullptr) {
      leaf_ = node->terminator;
      return;
    }
    ref = node->FirstChildFrom(0, &path_.back().byte);
  }
  leaf_ = ref.leaf();
}

void RadixWalk::Rightmost(RadixRef ref) {
  while (!ref.is_leaf()) {
    path_.push_back({ref.node(), 256});
    ref = ref.node()->LastChildUpTo(255, &path_.back().byte);
  }
  leaf_ = ref.leaf();
}

}  // namespace varve
