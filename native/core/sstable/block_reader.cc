#include "core/sstable/block_reader.h"

#include "core/sstable/common_prefix.h"

namespace varve {

bool BlockReader::Open(Slice block) {
  begin_ = limit_ = restarts_ = nullptr;
  restart_count_ = 0;
  if (block.size < kMinBlockBytes || block.size > UINT32_MAX) return false;
  const uint8_t* const trailer = block.data + block.size - kBlockTrailerBytes;
  const uint32_t entries_bytes = DecodeFixed32(trailer);
  const uint32_t count = DecodeFixed32(trailer + 4);
  const size_t room = block.size - kBlockTrailerBytes;
  if (trailer[8] != kBlockFormat || count == 0 || count > room / kRestartBytes) return false;
  const size_t values_end = room - size_t{count} * kRestartBytes;
  if (entries_bytes == 0 || entries_bytes > values_end || DecodeFixed64(block.data + values_end) != 0) return false;
  begin_ = block.data;
  limit_ = begin_ + entries_bytes;
  restarts_ = begin_ + values_end;
  restart_count_ = count;
  return true;
}

template <typename IsBefore>
bool BlockReader::LastRestartWhere(IsBefore is_before, uint32_t* index) const {
  uint32_t low = 0;
  uint32_t high = restart_count_;  // the entry at `low` is taken to be before, the one at `high` is not
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    BlockEntry entry;
    const uint8_t* const from = RestartAt(middle);
    if (from == nullptr || ParseBlockEntry(from, limit_, &entry) == nullptr || entry.shared != 0) return false;
    (is_before(entry) ? low : high) = middle;
  }
  *index = low;
  return true;
}

bool BlockReader::FindRestart(Slice key, uint64_t sequence, uint32_t* index) const {
  return LastRestartWhere(
      [key, sequence](const BlockEntry& entry) {
        const int order = entry.suffix.compare(key);
        return order < 0 || (order == 0 && entry.sequence > sequence);
      },
      index);
}

bool BlockReader::FindRestartAbove(Slice key, uint32_t* index) const {
  return LastRestartWhere([key](const BlockEntry& entry) { return entry.suffix.compare(key) <= 0; }, index);
}

// Keys are compared without being put together: `matched` says how many bytes of `key` the last entry, which was
// smaller, began with. An entry that shares more than that with it differs from `key` at the same byte and is smaller,
// too.
BlockReader::Result BlockReader::Lookup(Slice key, uint64_t sequence, Slice* value, uint64_t* found_sequence) const {
  uint32_t restart;
  if (!FindRestart(key, sequence, &restart)) return Result::kCorrupt;
  const uint8_t* from = RestartAt(restart);
  if (from == nullptr) return Result::kCorrupt;
  uint64_t value_end = RestartValueAt(restart);
  size_t matched = 0;
  size_t last_size = 0;
  while (from < limit_) {
    BlockEntry entry;
    from = ParseBlockEntry(from, limit_, &entry);
    if (from == nullptr || entry.shared > last_size) return Result::kCorrupt;
    last_size = entry.shared + entry.suffix.size;
    value_end += entry.value_length;
    if (entry.shared > matched) continue;
    const Slice rest(key.data + entry.shared, key.size - entry.shared);
    const size_t common = CommonPrefix(entry.suffix, rest);
    matched = entry.shared + common;
    if (common < entry.suffix.size) {
      if (common == rest.size || entry.suffix.data[common] > rest.data[common]) return Result::kAbsent;
    } else if (common == rest.size && entry.sequence <= sequence) {
      if (value_end > values().size) return Result::kCorrupt;
      *value = Slice(limit_ + (value_end - entry.value_length), entry.value_length);
      *found_sequence = entry.sequence;
      return entry.type == EntryType::kPut ? Result::kFound : Result::kDeleted;
    }
  }
  return Result::kPastEnd;
}

}  // namespace varve
