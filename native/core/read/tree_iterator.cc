#include "core/read/tree_iterator.h"

#include <cstring>
#include <utility>
#include <vector>

#include "core/memtable/memtable_cursor.h"
#include "core/read/level_cursor.h"
#include "core/read/merging_cursor.h"

namespace varve {
namespace {

constexpr size_t kEntryHeaderBytes = 8;

void EncodeFixed32(uint8_t* out, size_t value) {
  for (int i = 0; i < 4; i++) out[i] = static_cast<uint8_t>(value >> (8 * i));
}

bool Reaches(const SSTable& table, const KeyBounds& bounds) {
  return !bounds.BelowLower(table.largest_key()) && !bounds.AboveUpper(table.smallest_key());
}

// A cursor over the tables of a sorted level that reach into the bounds, or null.
std::unique_ptr<EntryCursor> NewLevelSource(const SSTables& tables, const std::shared_ptr<BlockCache>& cache,
                                            const KeyBounds& bounds, MissingBlock* missing) {
  const size_t begin =
      bounds.lower.present ? FirstTableUpFrom(tables, 0, tables.size(), bounds.lower.slice()) : size_t{0};
  size_t end = tables.size();
  if (bounds.upper.present) {
    end = FirstTableUpFrom(tables, begin, tables.size(), bounds.upper.slice());
    if (end < tables.size() && Reaches(*tables[end], bounds)) end++;
  }
  if (begin == end) return nullptr;
  if (begin + 1 == end) return SSTable::NewCursor(tables[begin], cache, missing);
  return std::make_unique<LevelCursor>(tables, begin, end, cache, missing);
}

// One cursor a memtable, one a table of level 0, one a further level; the newer first.
std::unique_ptr<EntryCursor> NewSource(const ReadState& state, const std::shared_ptr<BlockCache>& cache,
                                       uint64_t sequence, const KeyBounds& bounds, MissingBlock* missing) {
  std::vector<std::unique_ptr<EntryCursor>> cursors;
  for (const auto& memtable : state.memtables) cursors.push_back(MemtableCursor::VisibleAt(memtable, sequence));
  for (size_t level = 0; level < state.levels.size(); level++) {
    if (level > 0) {
      auto cursor = NewLevelSource(state.levels[level], cache, bounds, missing);
      if (cursor != nullptr) cursors.push_back(std::move(cursor));
      continue;
    }
    for (const auto& table : state.levels[0]) {
      if (Reaches(*table, bounds)) cursors.push_back(SSTable::NewCursor(table, cache, missing));
    }
  }
  if (cursors.size() == 1) return std::move(cursors[0]);
  return std::make_unique<MergingCursor>(std::move(cursors));
}

}  // namespace

TreeIterator::TreeIterator(std::shared_ptr<const ReadState> state, std::shared_ptr<BlockCache> cache, uint64_t sequence,
                           KeyBounds bounds, bool reverse)
    : missing_(std::make_unique<MissingBlock>()),
      state_(std::move(state)),
      visible_(NewSource(*state_, cache, sequence, bounds, missing_.get()), sequence, bounds, reverse) {}

TreeIterator::Filled TreeIterator::Fill(uint8_t* out, size_t size, uint32_t max_entries) {
  Filled filled = {Stop::kFull, 0, 0, 0};
  while (filled.entries < max_entries) {
    const VisibleIterator::State state = visible_.Peek();
    if (state != VisibleIterator::State::kEntry) {
      filled.stop = state == VisibleIterator::State::kEnd       ? Stop::kEnd
                    : state == VisibleIterator::State::kStalled ? Stop::kStalled
                                                                : Stop::kCorrupt;
      return filled;
    }
    const Slice key = visible_.key();
    const Slice value = visible_.value();
    const size_t room = kEntryHeaderBytes + key.size + value.size;
    if (room > size - filled.bytes) {
      if (filled.entries > 0) return filled;
      filled.stop = Stop::kNeedRoom;
      filled.room = room;
      return filled;
    }
    uint8_t* place = out + filled.bytes;
    EncodeFixed32(place, key.size);
    EncodeFixed32(place + 4, value.size);
    if (!key.empty()) std::memcpy(place + kEntryHeaderBytes, key.data, key.size);
    if (!value.empty()) std::memcpy(place + kEntryHeaderBytes + key.size, value.data, value.size);
    filled.bytes += room;
    filled.entries++;
    visible_.Pop();
  }
  return filled;
}

}  // namespace varve
