#include "core/memtable/chunk_stock.h"

#include <cstdlib>
#include <mutex>

#include "core/huge_pages.h"
#include "core/poison.h"

namespace varve {
namespace {

struct Shared {
  std::mutex mutex;
  std::vector<uint8_t*> waiting;
  size_t in_use = 0;
};

// Never destroyed: threads may still let go of memtables while the process exits.
Shared& GetShared() {
  static Shared* shared = new Shared();
  return *shared;
}

}  // namespace

uint8_t* ChunkStock::Take() {
  Shared& shared = GetShared();
  {
    const std::lock_guard<std::mutex> lock(shared.mutex);
    shared.in_use++;
    if (!shared.waiting.empty()) {
      uint8_t* chunk = shared.waiting.back();
      shared.waiting.pop_back();
      ASAN_UNPOISON_MEMORY_REGION(chunk, kChunkBytes);
      return chunk;
    }
  }
  static_assert(kChunkBytes == kHugePageBytes, "a chunk is a huge page");
  return static_cast<uint8_t*>(AllocateHugePage());
}

void ChunkStock::GiveBack(const std::vector<uint8_t*>& chunks) {
  std::vector<uint8_t*> surplus = chunks;
  {
    Shared& shared = GetShared();
    const std::lock_guard<std::mutex> lock(shared.mutex);
    shared.in_use -= chunks.size();
    while (!surplus.empty() && shared.waiting.size() < shared.in_use) {
      ASAN_POISON_MEMORY_REGION(surplus.back(), kChunkBytes);
      shared.waiting.push_back(surplus.back());
      surplus.pop_back();
    }
    while (shared.waiting.size() > shared.in_use) {
      ASAN_UNPOISON_MEMORY_REGION(shared.waiting.back(), kChunkBytes);
      surplus.push_back(shared.waiting.back());
      shared.waiting.pop_back();
    }
  }
  for (uint8_t* chunk : surplus) std::free(chunk);
}

size_t ChunkStock::WaitingBytes() {
  Shared& shared = GetShared();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  return shared.waiting.size() * kChunkBytes;
}

}  // namespace varve
