// Zeroed, page-aligned memory for direct I/O. The caller gives back what it took, with the same size. Any thread.
#ifndef VARVE_CORE_IO_ALIGNED_MEMORY_H_
#define VARVE_CORE_IO_ALIGNED_MEMORY_H_

#include <cstddef>

namespace varve::io {

constexpr size_t kBlockBytes = 4096;

// `bytes` is a multiple of kBlockBytes. Null when there is no memory.
void* AllocateAligned(size_t bytes);
void FreeAligned(void* memory, size_t bytes);

}  // namespace varve::io

#endif  // VARVE_CORE_IO_ALIGNED_MEMORY_H_
