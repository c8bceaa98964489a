// Large chunks of memory that memtables have let go of, kept for the next ones: a fresh chunk costs a page fault in
// which the kernel clears it, which took a tenth of the time of a load.
//
// Holds no more than the arenas of the process have in use, so that a store at rest keeps little. Any thread.
#ifndef VARVE_CORE_MEMTABLE_CHUNK_STOCK_H_
#define VARVE_CORE_MEMTABLE_CHUNK_STOCK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace varve {

class ChunkStock {
 public:
  static constexpr size_t kChunkBytes = 2 << 20;

  // A chunk at a multiple of its size; its content is anything. Null when the system has no memory.
  static uint8_t* Take();
  // All the chunks of one arena at once.
  static void GiveBack(const std::vector<uint8_t*>& chunks);
  // Bytes of chunks that wait to be taken.
  static size_t WaitingBytes();
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_CHUNK_STOCK_H_
