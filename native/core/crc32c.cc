#include "core/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace varve {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected

using Tables = std::array<std::array<uint32_t, 256>, 8>;

Tables MakeTables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    for (size_t i = 1; i < 8; i++) {
      tables[i][byte] = (tables[i - 1][byte] >> 8) ^ tables[0][tables[i - 1][byte] & 0xff];
    }
  }
  return tables;
}

const Tables& GetTables() {
  static const Tables tables = MakeTables();
  return tables;
}

#if defined(__x86_64__)
// A multiple of 8 of which three fit into a block of 4096 bytes.
constexpr size_t kLaneBytes = 1360;

// What so many zero bytes make of a state, by its four bytes: the map is linear over GF(2).
using LaneShift = std::array<std::array<uint32_t, 256>, 4>;

LaneShift MakeLaneShift() {
  const Tables& tables = GetTables();
  LaneShift shift{};
  for (uint32_t i = 0; i < 4; i++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t state = byte << (8 * i);
      for (size_t zeros = 0; zeros < kLaneBytes; zeros++) state = (state >> 8) ^ tables[0][state & 0xff];
      shift[i][byte] = state;
    }
  }
  return shift;
}

const LaneShift& GetLaneShift() {
  static const LaneShift shift = MakeLaneShift();
  return shift;
}

uint32_t Shifted(const LaneShift& shift, uint32_t state) {
  return shift[0][state & 0xff] ^ shift[1][(state >> 8) & 0xff] ^ shift[2][(state >> 16) & 0xff] ^
         shift[3][state >> 24];
}

// Three lanes at once, since the instruction takes three cycles and one can begin each cycle (after Mark Adler's
// crc32c.c). REQUIRES: size >= 3 * kLaneBytes
__attribute__((target("sse4.2"))) uint32_t ExtendLanes(uint32_t crc, const uint8_t* data, size_t size) {
  const LaneShift& shift = GetLaneShift();
  while (size >= 3 * kLaneBytes) {
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t at = 0; at < kLaneBytes; at += 8) {
      uint64_t words[3];
      std::memcpy(&words[0], data + at, 8);
      std::memcpy(&words[1], data + at + kLaneBytes, 8);
      std::memcpy(&words[2], data + at + 2 * kLaneBytes, 8);
      first = _mm_crc32_u64(first, words[0]);
      second = _mm_crc32_u64(second, words[1]);
      third = _mm_crc32_u64(third, words[2]);
    }
    crc = Shifted(shift, static_cast<uint32_t>(first)) ^ static_cast<uint32_t>(second);
    crc = Shifted(shift, crc) ^ static_cast<uint32_t>(third);
    data += 3 * kLaneBytes;
    size -= 3 * kLaneBytes;
  }
  return crc;
}

__attribute__((target("sse4.2"))) uint32_t ExtendHardware(uint32_t crc, const uint8_t* data, size_t size) {
  if (size >= 3 * kLaneBytes) {
    const size_t bytes = size - size % (3 * kLaneBytes);
    crc = ExtendLanes(crc, data, bytes);
    data += bytes;
    size -= bytes;
  }
  uint64_t state = crc;
  while (size >= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    state = _mm_crc32_u64(state, word);
    data += 8;
    size -= 8;
  }
  uint32_t tail = static_cast<uint32_t>(state);
  while (size > 0) {
    tail = _mm_crc32_u8(tail, *data++);
    size--;
  }
  return tail;
}
#endif

uint32_t ExtendPortable(uint32_t crc, const uint8_t* data, size_t size) {
  const Tables& t = GetTables();
  while (size >= 8) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, data, 4);
    std::memcpy(&high, data + 4, 4);
    low ^= crc;
    crc = t[7][low & 0xff] ^ t[6][(low >> 8) & 0xff] ^ t[5][(low >> 16) & 0xff] ^ t[4][low >> 24] ^ t[3][high & 0xff] ^
          t[2][(high >> 8) & 0xff] ^ t[1][(high >> 16) & 0xff] ^ t[0][high >> 24];
    data += 8;
    size -= 8;
  }
  while (size > 0) {
    crc = (crc >> 8) ^ t[0][(crc ^ *data++) & 0xff];
    size--;
  }
  return crc;
}

}  // namespace

uint32_t Crc32cPortable(uint32_t seed, const uint8_t* data, size_t size) { return ~ExtendPortable(~seed, data, size); }

uint32_t Crc32c(uint32_t seed, const uint8_t* data, size_t size) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~ExtendHardware(~seed, data, size);
#endif
  return Crc32cPortable(seed, data, size);
}

}  // namespace varve
