// The memory of cached blocks against a model: pieces never overlap, keep their bytes, and slabs go back.
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "core/cache/block_memory.h"
#include "test/check.h"

using varve::BlockMemory;

namespace {

struct Piece {
  uint8_t* bytes;
  size_t size;
  uint8_t fill;

  bool IsWhole() const {
    for (size_t i = 0; i < size; i++) {
      if (bytes[i] != fill) return false;
    }
    return true;
  }
};

Piece NewPiece(size_t size, uint8_t fill) {
  const Piece piece{static_cast<uint8_t*>(BlockMemory::Allocate(size)), size, fill};
  CHECK(reinterpret_cast<uintptr_t>(piece.bytes) % 16 == 0);
  std::memset(piece.bytes, fill, size);
  return piece;
}

size_t RandomSize(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return 1 + random() % 600;
    case 1:
      return 1 + random() % BlockMemory::kLargestPieceBytes;
    case 2:
      return BlockMemory::kLargestPieceBytes + random() % 3;
    default:
      return 4000 + random() % 300;
  }
}

void RandomPieces(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Piece> pieces;
  for (int step = 0; step < 4000; step++) {
    if (pieces.empty() || random() % 100 < 55) {
      pieces.push_back(NewPiece(RandomSize(random), static_cast<uint8_t>(random())));
      continue;
    }
    Piece& piece = pieces[random() % pieces.size()];
    CHECK(piece.IsWhole());
    BlockMemory::Free(piece.bytes, piece.size);
    piece = pieces.back();
    pieces.pop_back();
  }
  for (const Piece& piece : pieces) {
    CHECK(piece.IsWhole());
    BlockMemory::Free(piece.bytes, piece.size);
  }
}

// What was filled and freed in any order comes back, but for one slab of the size.
void TestSlabsGoBack() {
  const size_t before = BlockMemory::slab_bytes();
  std::vector<Piece> pieces;
  for (int i = 0; i < 4000; i++) pieces.push_back(NewPiece(5000, 1));
  CHECK(BlockMemory::slab_bytes() - before >= size_t{4000} * 5000);
  std::mt19937_64 random(1);
  while (!pieces.empty()) {
    const size_t i = random() % pieces.size();
    BlockMemory::Free(pieces[i].bytes, pieces[i].size);
    pieces[i] = pieces.back();
    pieces.pop_back();
  }
  CHECK(BlockMemory::slab_bytes() <= before + BlockMemory::kSlabBytes);
}

void TestRounding() {
  for (size_t size = 1; size <= BlockMemory::kLargestPieceBytes; size += 1 + size / 100) {
    const size_t piece_bytes = BlockMemory::PieceBytes(size);
    CHECK(piece_bytes >= size && (size < 512 || piece_bytes - size <= size / 8));
  }
}

}  // namespace

int main() {
  TestRounding();
  TestSlabsGoBack();
  RandomPieces(1);
  std::vector<std::thread> threads;
  for (uint64_t seed = 2; seed < 6; seed++) threads.emplace_back(RandomPieces, seed);
  for (std::thread& thread : threads) thread.join();
  return 0;
}
