// Writes that a memtable has taken and not yet put into its tree: a few at a time go in together, because then the
// searches for their places wait for memory together, too.
//
// Copies keys and values, in the order they came. Owned by a memtable, on its thread.
#ifndef VARVE_CORE_MEMTABLE_PENDING_WRITES_H_
#define VARVE_CORE_MEMTABLE_PENDING_WRITES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "core/memtable/memtable_entry.h"
#include "core/memtable/radix_tree.h"

namespace varve {

class PendingWrites {
 public:
  static constexpr size_t kMostWrites = RadixTree::kPrefetchedKeys;
  // Of keys and values together. A write of more than a quarter of it gains nothing by waiting.
  static constexpr size_t kRoomBytes = 2 << 10;
  static constexpr size_t kMostWriteBytes = kRoomBytes / 4;

  size_t size() const { return count_; }
  bool Fits(const MemtableWrite& write) const {
    return count_ < kMostWrites && write.key.size + write.value.size <= kRoomBytes - used_;
  }
  // REQUIRES: Fits(write)
  void Add(const MemtableWrite& write) {
    if (room_ == nullptr) room_ = std::make_unique<Room>();
    room_->writes[count_] = {write.type, write.sequence, Copy(write.key), Copy(write.value)};
    count_++;
  }
  // Good until Clear().
  const MemtableWrite& operator[](size_t i) const { return room_->writes[i]; }
  void Clear() { count_ = used_ = 0; }
  // Gives the memory back. REQUIRES: size() == 0
  void Release() { room_.reset(); }
  size_t memory_bytes() const { return room_ == nullptr ? 0 : sizeof(Room); }

 private:
  // Made with the first write: most memtables of many trees see none.
  struct Room {
    std::array<MemtableWrite, kMostWrites> writes;
    std::array<uint8_t, kRoomBytes> bytes;
  };

  Slice Copy(Slice bytes) {
    uint8_t* const to = room_->bytes.data() + used_;
    if (!bytes.empty()) std::memcpy(to, bytes.data, bytes.size);
    used_ += bytes.size;
    return Slice(to, bytes.size);
  }

  std::unique_ptr<Room> room_;
  size_t count_ = 0;
  size_t used_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_PENDING_WRITES_H_
