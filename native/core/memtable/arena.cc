#include "core/memtable/arena.h"

#include <cstdio>
#include <cstdlib>

namespace varve {

Arena::~Arena() {
  for (uint8_t* chunk : chunks_) std::free(chunk);
  ChunkStock::GiveBack(large_chunks_);
}

// malloc aligns to 16, which covers every alignment that is asked for.
uint8_t* Arena::NewChunk(size_t size) {
  const bool large = size == kLargestChunkBytes;
  auto* chunk = large ? ChunkStock::Take() : static_cast<uint8_t*>(std::malloc(size));
  if (chunk == nullptr) {
    std::fprintf(stderr, "varve: out of memory for a memtable chunk of %zu bytes\n", size);
    std::abort();
  }
  (large ? large_chunks_ : chunks_).push_back(chunk);
  memory_bytes_ += size;
  return chunk;
}

uint8_t* Arena::AllocateFromSystem(size_t size) {
  const size_t chunk_bytes = next_chunk_bytes_;
  if (next_chunk_bytes_ < kLargestChunkBytes) next_chunk_bytes_ *= 2;
  // The chunk in use keeps its rest for smaller pieces.
  if (size > chunk_bytes / 4) return NewChunk(size);
  uint8_t* chunk = NewChunk(chunk_bytes);
  next_ = chunk + size;
  end_ = chunk + chunk_bytes;
  return chunk;
}

}  // namespace varve
