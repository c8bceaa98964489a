// Memory for the blocks of all caches of the process: slabs of 2 MiB in huge pages, each cut into pieces of one size.
//
// A lookup touches a block in two or three places that no other lookup will touch soon; with pages of 4 KiB each place
// costs a walk through the page table besides the line itself. Sizes are rounded up to one of eight steps between two
// powers of two, so that at most an eighth is lost; what is larger than a quarter of a MiB, which is no usual block,
// comes from the system. A slab that has become empty goes back to the system, but for the last one of its size. Any
// thread may call anything.
#ifndef VARVE_CORE_CACHE_BLOCK_MEMORY_H_
#define VARVE_CORE_CACHE_BLOCK_MEMORY_H_

#include <cstddef>

namespace varve {

class BlockMemory {
 public:
  static constexpr size_t kSlabBytes = size_t{2} << 20;
  static constexpr size_t kLargestPieceBytes = size_t{256} << 10;

  // At least `size` bytes, aligned to 16. Ends the program when the system has no memory.
  static void* Allocate(size_t size);
  // Takes back what Allocate(size) gave.
  static void Free(void* piece, size_t size);
  // Bytes of all slabs.
  static size_t slab_bytes();
  // What a piece for `size` bytes takes of its slab.
  static size_t PieceBytes(size_t size);
};

}  // namespace varve

#endif  // VARVE_CORE_CACHE_BLOCK_MEMORY_H_
