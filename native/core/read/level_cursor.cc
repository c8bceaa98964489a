#include "core/read/level_cursor.h"

#include <cassert>

namespace varve {

LevelCursor::LevelCursor(const SSTables& tables, size_t begin, size_t end, std::shared_ptr<BlockCache> cache,
                         MissingBlock* missing)
    : tables_(tables), begin_(begin), end_(end), cache_(std::move(cache)), missing_(missing) {
  assert(begin <= end && end <= tables.size());
}

// Keeps the cursor of the table it is on: a seek that is repeated after a stall then finds the blocks it pinned.
void LevelCursor::Open(size_t table) {
  entering_ = false;
  if (table_ == table) return;
  cursor_ = SSTable::NewCursor(tables_[table], cache_, missing_);
  table_ = table;
}

// Behind the last entry, or before the first: no block stays pinned.
void LevelCursor::End() {
  cursor_.reset();
  table_ = kNoTable;
  entering_ = false;
  state_ = State::kEnd;
}

// `state` is what the table's cursor came to: at its end, the next table that has an entry follows.
EntryCursor::State LevelCursor::Forward(State state) {
  while (state == State::kEnd) {
    if (table_ + 1 == end_) {
      End();
      return state_;
    }
    Open(table_ + 1);
    entering_ = true;
    state = cursor_->SeekToFirst();
  }
  if (state == State::kEntry) entering_ = false;
  return state_ = state;
}

EntryCursor::State LevelCursor::Backward(State state) {
  while (state == State::kEnd) {
    if (table_ == begin_) {
      End();
      return state_;
    }
    Open(table_ - 1);
    entering_ = true;
    state = cursor_->SeekToLast();
  }
  if (state == State::kEntry) entering_ = false;
  return state_ = state;
}

EntryCursor::State LevelCursor::Seek(Slice key, uint64_t sequence) {
  const size_t table = FirstTableUpFrom(tables_, begin_, end_, key);
  if (table == end_) {
    End();
    return state_;
  }
  Open(table);
  return Forward(cursor_->Seek(key, sequence));
}

EntryCursor::State LevelCursor::SeekForPrevious(Slice key) {
  size_t table = FirstTableUpFrom(tables_, begin_, end_, key);
  // The first table that ends at or behind the key, unless it also begins behind it.
  if (table == end_ || key < tables_[table]->smallest_key()) {
    if (table == begin_) {
      End();
      return state_;
    }
    table--;
  }
  Open(table);
  return Backward(cursor_->SeekForPrevious(key));
}

EntryCursor::State LevelCursor::SeekToFirst() {
  if (begin_ == end_) return state_;
  Open(begin_);
  return Forward(cursor_->SeekToFirst());
}

EntryCursor::State LevelCursor::SeekToLast() {
  if (begin_ == end_) return state_;
  Open(end_ - 1);
  return Backward(cursor_->SeekToLast());
}

EntryCursor::State LevelCursor::Next() {
  assert(state_ == State::kEntry || state_ == State::kStalled);
  return Forward(entering_ ? cursor_->SeekToFirst() : cursor_->Next());
}

EntryCursor::State LevelCursor::Previous() {
  assert(state_ == State::kEntry || state_ == State::kStalled);
  return Backward(entering_ ? cursor_->SeekToLast() : cursor_->Previous());
}

}  // namespace varve
