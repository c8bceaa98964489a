// Memory in huge pages, for what is touched here and there: each place then costs no walk through the page table.
#ifndef VARVE_CORE_HUGE_PAGES_H_
#define VARVE_CORE_HUGE_PAGES_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

namespace varve {

constexpr size_t kHugePageBytes = size_t{2} << 20;

// One huge page, aligned to its size, to be freed with std::free; null when the system has no memory. Where the system
// refuses the advice it is as good in small pages.
inline void* AllocateHugePage() {
  void* const memory = std::aligned_alloc(kHugePageBytes, kHugePageBytes);
#if defined(MADV_HUGEPAGE)
  if (memory != nullptr) madvise(memory, kHugePageBytes, MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace varve

#endif  // VARVE_CORE_HUGE_PAGES_H_
