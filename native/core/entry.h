// An entry: one version of a key. And the ordered walk over entries that memtables, SSTables and merges share.
#ifndef VARVE_CORE_ENTRY_H_
#define VARVE_CORE_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/slice.h"

namespace varve {

// Written to disk (log records, blocks): never renumber.
enum class EntryType : uint8_t { kPut = 1, kDelete = 2 };

// The highest sequence number: it stays exact in a JavaScript number.
constexpr uint64_t kMaxSequence = (uint64_t{1} << 53) - 1;

// Entries are ordered by key, then by sequence number, the newest first.
//
// A cursor stands on an entry, before the first or behind the last (end), or is stalled: it lacks a file's index or
// a block, says which, and the same call may be repeated once it is there. Slices it hands out live until the cursor
// moves. One thread at a time.
class EntryCursor {
 public:
  enum class State { kEntry, kEnd, kStalled, kCorrupt };

  virtual ~EntryCursor() = default;

  // Move to the first entry with key >= `key` (and, on that key, sequence <= `sequence`); to the last entry with key <=
  // `key`; to the very first; to the very last.
  virtual State Seek(Slice key, uint64_t sequence) = 0;
  virtual State SeekForPrevious(Slice key) = 0;
  virtual State SeekToFirst() = 0;
  virtual State SeekToLast() = 0;
  // REQUIRES: state() == kEntry, or kStalled by a call of the same direction.
  virtual State Next() = 0;
  virtual State Previous() = 0;

  virtual State state() const = 0;
  // REQUIRES: state() == kEntry
  virtual Slice key() const = 0;
  virtual Slice value() const = 0;
  virtual uint64_t sequence() const = 0;
  virtual EntryType type() const = 0;
};

// Where a point lookup puts what it finds: the value is copied out while the block it lies in is held.
class FoundEntry {
 public:
  // Borrows `room` for as long as it lives.
  FoundEntry(uint8_t* room, size_t room_bytes) : room_(room), room_bytes_(room_bytes) {}

  // Copies the value if there is room for it; notes its size either way.
  void Take(Slice value, uint64_t sequence) {
    value_bytes_ = value.size;
    sequence_ = sequence;
    if (value.size > 0 && fits()) std::memcpy(room_, value.data, value.size);
  }
  bool fits() const { return value_bytes_ <= room_bytes_; }
  size_t value_bytes() const { return value_bytes_; }
  // REQUIRES: fits()
  Slice value() const { return Slice(room_, value_bytes_); }
  uint64_t sequence() const { return sequence_; }

 private:
  uint8_t* const room_;
  const size_t room_bytes_;
  size_t value_bytes_ = 0;
  uint64_t sequence_ = 0;
};

// What a stalled or corrupt read lacks.
struct MissingBlock {
  enum class Kind { kNone, kFile, kBlock, kCorrupt } kind = Kind::kNone;
  uint64_t file_number = 0;
  uint64_t offset = 0;
  uint32_t stored_length = 0;
  uint32_t raw_length = 0;
  uint32_t checksum = 0;
  uint8_t compression = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_ENTRY_H_
