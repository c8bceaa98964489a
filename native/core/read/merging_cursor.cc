#include "core/read/merging_cursor.h"

#include <cassert>
#include <cstring>
#include <utility>

namespace varve {
namespace {

// The first 8 bytes of `key`, zeros behind a shorter one, as a number that sorts as they do.
uint64_t KeyHead(Slice key) {
  uint64_t head = 0;
  if (key.size >= 8) {
    std::memcpy(&head, key.data, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    head = __builtin_bswap64(head);
#endif
    return head;
  }
  for (size_t i = 0; i < 8; i++) head = head << 8 | (i < key.size ? key.data[i] : 0);
  return head;
}

}  // namespace

MergingCursor::MergingCursor(std::vector<std::unique_ptr<EntryCursor>> cursors) {
  sources_.reserve(cursors.size());
  heap_.reserve(cursors.size());
  for (auto& cursor : cursors) sources_.push_back({std::move(cursor), 0, Slice(), 0});
}

void MergingCursor::Take(Source& source) {
  source.key = source.cursor->key();
  source.key_head = KeyHead(source.key);
  source.sequence = source.cursor->sequence();
}

// Whether `a` comes out before `b`. Sources lie in one array, the newer at the lower address.
bool MergingCursor::Before(const Source& a, const Source& b) const {
  if (a.key_head != b.key_head) return (a.key_head < b.key_head) != reverse_;
  int order = a.key.compare(b.key);
  if (order == 0 && a.sequence != b.sequence) order = a.sequence > b.sequence ? -1 : 1;
  if (order == 0) order = &a < &b ? -1 : 1;
  return (order < 0) != reverse_;
}

void MergingCursor::SiftDown(size_t at) {
  Source* const source = heap_[at];
  for (size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
    if (child + 1 < heap_.size() && Before(*heap_[child + 1], *heap_[child])) child++;
    if (!Before(*heap_[child], *source)) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = source;
}

// Moves every source by `move`. After a stall all are moved again: those that were in place have their blocks pinned.
template <typename Move>
EntryCursor::State MergingCursor::SeekAll(bool reverse, Move move) {
  reverse_ = reverse;
  heap_.clear();
  for (Source& source : sources_) {
    const State state = move(*source.cursor);
    if (state == State::kStalled || state == State::kCorrupt) return state_ = state;
    if (state == State::kEnd) continue;
    Take(source);
    heap_.push_back(&source);
  }
  for (size_t i = heap_.size() / 2; i > 0; i--) SiftDown(i - 1);
  return state_ = heap_.empty() ? State::kEnd : State::kEntry;
}

EntryCursor::State MergingCursor::Seek(Slice key, uint64_t sequence) {
  return SeekAll(false, [&](EntryCursor& cursor) { return cursor.Seek(key, sequence); });
}

EntryCursor::State MergingCursor::SeekForPrevious(Slice key) {
  return SeekAll(true, [&](EntryCursor& cursor) { return cursor.SeekForPrevious(key); });
}

EntryCursor::State MergingCursor::SeekToFirst() {
  return SeekAll(false, [](EntryCursor& cursor) { return cursor.SeekToFirst(); });
}

EntryCursor::State MergingCursor::SeekToLast() {
  return SeekAll(true, [](EntryCursor& cursor) { return cursor.SeekToLast(); });
}

// The top of the heap moved and came to `state`.
EntryCursor::State MergingCursor::Step(State state) {
  if (state == State::kStalled || state == State::kCorrupt) return state_ = state;
  if (state == State::kEntry) {
    Take(*heap_[0]);
  } else {
    heap_[0] = heap_.back();
    heap_.pop_back();
  }
  if (heap_.empty()) return state_ = State::kEnd;
  if (heap_.size() > 1) SiftDown(0);
  return state_ = State::kEntry;
}

EntryCursor::State MergingCursor::Next() {
  assert(!reverse_ && !heap_.empty());
  return Step(heap_[0]->cursor->Next());
}

EntryCursor::State MergingCursor::Previous() {
  assert(reverse_ && !heap_.empty());
  return Step(heap_[0]->cursor->Previous());
}

}  // namespace varve
