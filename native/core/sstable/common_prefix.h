// How many bytes two keys have in common at their start, and the key's first bytes as one integer that orders as they
// do. Both read eight bytes at a time: they stand in the inner loops of merges and searches.
#ifndef VARVE_CORE_SSTABLE_COMMON_PREFIX_H_
#define VARVE_CORE_SSTABLE_COMMON_PREFIX_H_

#include <cstdint>
#include <cstring>

#include "core/slice.h"

namespace varve {

inline size_t CommonPrefix(Slice a, Slice b) {
  const size_t limit = a.size < b.size ? a.size : b.size;
  size_t i = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (; i + 8 <= limit; i += 8) {
    uint64_t x;
    uint64_t y;
    std::memcpy(&x, a.data + i, 8);
    std::memcpy(&y, b.data + i, 8);
    if (x != y) return i + static_cast<size_t>(__builtin_ctzll(x ^ y)) / 8;
  }
#endif
  while (i < limit && a.data[i] == b.data[i]) i++;
  return i;
}

// The first eight bytes, big-endian, zeros where the key is shorter: smaller only if the key is smaller.
inline uint64_t LeadingWord(Slice key) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (key.size >= 8) {
    uint64_t word;
    std::memcpy(&word, key.data, 8);
    return __builtin_bswap64(word);
  }
#endif
  uint64_t word = 0;
  for (size_t i = 0; i < 8; i++) word = word << 8 | (i < key.size ? key.data[i] : 0);
  return word;
}

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_COMMON_PREFIX_H_
