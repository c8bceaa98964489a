#include "core/cache/block_memory.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>

#include "core/huge_pages.h"
#include "core/poison.h"

namespace varve {
namespace {

// Steps between two powers of two.
constexpr size_t kSteps = 8;
constexpr size_t kSmallestPieceBytes = 512;
// Pieces begin at a multiple of it, so that a slab's header costs no more than that.
constexpr size_t kHeaderBytes = 64;

struct FreePiece {
  FreePiece* next;
};

// The head of a slab; its pieces follow. Found from a piece by the slab's alignment.
struct Slab {
  Slab* next;  // among the slabs of its size with a free piece
  Slab* previous;
  FreePiece* free;
  // The pieces from here on were never given out.
  uint32_t fresh;
  uint32_t used;
  uint32_t piece_count;

  uint8_t* memory() { return reinterpret_cast<uint8_t*>(this); }
  bool is_full() const { return used == piece_count; }
};
static_assert(sizeof(Slab) <= kHeaderBytes, "pieces begin behind the header");

struct SizeClass {
  size_t index;
  size_t piece_bytes;
};

SizeClass ClassOf(size_t size) {
  if (size < kSmallestPieceBytes) size = kSmallestPieceBytes;
  const size_t power = 63 - static_cast<size_t>(__builtin_clzll(size));
  const size_t step = (size_t{1} << power) / kSteps;
  const size_t steps = (size + step - 1) / step;  // kSteps to 2 * kSteps
  return {power * kSteps + steps, steps * step};
}

constexpr size_t kClassCount = 20 * kSteps;

std::mutex mutex;
Slab* slabs_with_room[kClassCount];
size_t slab_count = 0;

void Link(Slab* slab, Slab** first) {
  slab->previous = nullptr;
  slab->next = *first;
  if (*first != nullptr) (*first)->previous = slab;
  *first = slab;
}

void Unlink(Slab* slab, Slab** first) {
  if (slab->previous != nullptr) slab->previous->next = slab->next;
  if (slab->next != nullptr) slab->next->previous = slab->previous;
  if (*first == slab) *first = slab->next;
}

Slab* NewSlab(size_t piece_bytes) {
  static_assert(BlockMemory::kSlabBytes == kHugePageBytes, "a slab is a huge page");
  void* const memory = AllocateHugePage();
  if (memory == nullptr) {
    std::fprintf(stderr, "varve: out of memory for cached blocks\n");
    std::abort();
  }
  slab_count++;
  const size_t room = BlockMemory::kSlabBytes - kHeaderBytes;
  Slab* const slab = new (memory) Slab{nullptr, nullptr, nullptr, 0, 0, static_cast<uint32_t>(room / piece_bytes)};
  ASAN_POISON_MEMORY_REGION(slab->memory() + kHeaderBytes, room);
  return slab;
}

void DeleteSlab(Slab* slab) {
  ASAN_UNPOISON_MEMORY_REGION(slab->memory(), BlockMemory::kSlabBytes);
  slab_count--;
  std::free(slab);
}

// REQUIRES: !slab->is_full()
void* TakePiece(Slab* slab, size_t piece_bytes) {
  slab->used++;
  if (slab->free == nullptr) return slab->memory() + kHeaderBytes + piece_bytes * slab->fresh++;
  FreePiece* const piece = slab->free;
  ASAN_UNPOISON_MEMORY_REGION(piece, sizeof(FreePiece));
  slab->free = piece->next;
  return piece;
}

}  // namespace

void* BlockMemory::Allocate(size_t size) {
  if (size > kLargestPieceBytes) return ::operator new(size);
  const SizeClass size_class = ClassOf(size);
  const std::lock_guard<std::mutex> lock(mutex);
  Slab** const first = &slabs_with_room[size_class.index];
  if (*first == nullptr) Link(NewSlab(size_class.piece_bytes), first);
  Slab* const slab = *first;
  void* const piece = TakePiece(slab, size_class.piece_bytes);
  if (slab->is_full()) Unlink(slab, first);
  ASAN_UNPOISON_MEMORY_REGION(piece, size);
  return piece;
}

void BlockMemory::Free(void* memory, size_t size) {
  if (size > kLargestPieceBytes) return ::operator delete(memory);
  const SizeClass size_class = ClassOf(size);
  const std::lock_guard<std::mutex> lock(mutex);
  Slab** const first = &slabs_with_room[size_class.index];
  auto* const slab = reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(memory) & ~(kSlabBytes - 1));
  if (slab->is_full()) Link(slab, first);
  slab->used--;
  ASAN_UNPOISON_MEMORY_REGION(memory, sizeof(FreePiece));
  slab->free = new (memory) FreePiece{slab->free};
  ASAN_POISON_MEMORY_REGION(memory, size_class.piece_bytes);
  const bool is_last = *first == slab && slab->next == nullptr;
  if (slab->used > 0 || is_last) return;
  Unlink(slab, first);
  DeleteSlab(slab);
}

size_t BlockMemory::slab_bytes() {
  const std::lock_guard<std::mutex> lock(mutex);
  return slab_count * kSlabBytes;
}

size_t BlockMemory::PieceBytes(size_t size) { return size > kLargestPieceBytes ? size : ClassOf(size).piece_bytes; }

}  // namespace varve
