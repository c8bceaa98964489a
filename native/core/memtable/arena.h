// Arena: memory that is handed out piece by piece and given back all at once.
//
// Chunks grow from 4 KiB to 2 MiB, doubling, because a store may have many trees of which most are idle; a piece that
// is large against the next chunk gets a chunk of its own, so that no chunk is left half empty for it. Nothing is freed
// before the arena is destroyed, hence a pointer into it is good for the arena's life.
// Owns its chunks. One thread allocates; others may read what was written before they were told of it.
#ifndef VARVE_CORE_MEMTABLE_ARENA_H_
#define VARVE_CORE_MEMTABLE_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/memtable/chunk_stock.h"

namespace varve {

class Arena {
 public:
  static constexpr size_t kSmallestChunkBytes = 4 << 10;
  static constexpr size_t kLargestChunkBytes = ChunkStock::kChunkBytes;

  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Uninitialised memory. `alignment` is 4 or 8. Ends the program when the system has no memory.
  uint8_t* Allocate(size_t size, size_t alignment) {
    const size_t padding = -reinterpret_cast<uintptr_t>(next_) & (alignment - 1);
    if (size + padding > static_cast<size_t>(end_ - next_)) return AllocateFromSystem(size);
    uint8_t* piece = next_ + padding;
    next_ = piece + size;
    return piece;
  }

  // Bytes taken from the system: the chunks whole, used or not yet.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  uint8_t* AllocateFromSystem(size_t size);
  uint8_t* NewChunk(size_t size);

  uint8_t* next_ = nullptr;
  uint8_t* end_ = nullptr;
  size_t next_chunk_bytes_ = kSmallestChunkBytes;
  size_t memory_bytes_ = 0;
  std::vector<uint8_t*> chunks_;
  // Those of kLargestChunkBytes.
  std::vector<uint8_t*> large_chunks_;
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_ARENA_H_
