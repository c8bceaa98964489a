// Integers in the blocks of an SSTable: little-endian of fixed width, and LEB128 varints (7 bits a byte, low bits
// first). The readers never look at or behind `limit`, and take no varint that does not fit its type.
#ifndef VARVE_CORE_SSTABLE_CODING_H_
#define VARVE_CORE_SSTABLE_CODING_H_

#include <cstdint>

namespace varve {

constexpr size_t kMaxVarint32Bytes = 5;
constexpr size_t kMaxVarint64Bytes = 10;

inline uint32_t DecodeFixed32(const uint8_t* from) {
  return static_cast<uint32_t>(from[0]) | static_cast<uint32_t>(from[1]) << 8 | static_cast<uint32_t>(from[2]) << 16 |
         static_cast<uint32_t>(from[3]) << 24;
}

inline uint64_t DecodeFixed64(const uint8_t* from) {
  return DecodeFixed32(from) | static_cast<uint64_t>(DecodeFixed32(from + 4)) << 32;
}

// Each encoder returns the byte behind what it wrote.
inline uint8_t* EncodeFixed32(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = static_cast<uint8_t>(value >> (8 * i));
  return to + 4;
}

inline uint8_t* EncodeVarint(uint8_t* to, uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<uint8_t>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<uint8_t>(value);
  return to;
}

inline size_t VarintLength(uint64_t value) {
  size_t length = 1;
  for (; value >= 0x80; value >>= 7) length++;
  return length;
}

// Each decoder returns the byte behind the varint, or null when it is cut off or too large.
inline const uint8_t* DecodeVarint64(const uint8_t* from, const uint8_t* limit, uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 64 && from < limit; shift += 7) {
    const uint64_t byte = *from++;
    if (shift == 63 && byte > 1) return nullptr;
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return from;
    }
  }
  return nullptr;
}

inline const uint8_t* DecodeVarint32(const uint8_t* from, const uint8_t* limit, uint32_t* value) {
  if (from < limit && *from < 0x80) {
    *value = *from;
    return from + 1;
  }
  uint64_t wide = 0;
  from = DecodeVarint64(from, limit, &wide);
  if (from == nullptr || wide > UINT32_MAX) return nullptr;
  *value = static_cast<uint32_t>(wide);
  return from;
}

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_CODING_H_
