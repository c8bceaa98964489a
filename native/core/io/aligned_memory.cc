#include "core/io/aligned_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace varve::io {
namespace {

// From here on the kernel's fresh pages are cheaper than clearing reused ones.
constexpr size_t kMapFromBytes = 256 * 1024;

}  // namespace

void* AllocateAligned(size_t bytes) {
  if (bytes >= kMapFromBytes) {
    void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mapped == MAP_FAILED ? nullptr : mapped;
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, kBlockBytes, bytes) != 0) return nullptr;
  return std::memset(memory, 0, bytes);
}

void FreeAligned(void* memory, size_t bytes) {
  if (bytes >= kMapFromBytes) {
    munmap(memory, bytes);
  } else {
    std::free(memory);
  }
}

}  // namespace varve::io
