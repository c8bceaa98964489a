#include "core/sstable/key_hash.h"

#include "core/sstable/coding.h"

namespace varve {
namespace {

constexpr uint64_t kPrime1 = 0x9e3779b185ebca87;
constexpr uint64_t kPrime2 = 0xc2b2ae3d27d4eb4f;
constexpr uint64_t kPrime3 = 0x165667b19e3779f9;
constexpr uint64_t kPrime4 = 0x85ebca77c2b2ae63;
constexpr uint64_t kPrime5 = 0x27d4eb2f165667c5;

uint64_t RotateLeft(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

uint64_t Round(uint64_t lane, uint64_t input) { return RotateLeft(lane + input * kPrime2, 31) * kPrime1; }

uint64_t MergeLane(uint64_t hash, uint64_t lane) { return (hash ^ Round(0, lane)) * kPrime1 + kPrime4; }

// Steps 1 to 3 of the specification: four lanes over stripes of 32 bytes. Moves `*data` behind the last whole stripe.
uint64_t HashStripes(const uint8_t** data, size_t size) {
  uint64_t lanes[4] = {kPrime1 + kPrime2, kPrime2, 0, uint64_t{0} - kPrime1};
  const uint8_t* from = *data;
  for (; size >= 32; size -= 32) {
    for (uint64_t& lane : lanes) {
      lane = Round(lane, DecodeFixed64(from));
      from += 8;
    }
  }
  *data = from;
  uint64_t hash =
      RotateLeft(lanes[0], 1) + RotateLeft(lanes[1], 7) + RotateLeft(lanes[2], 12) + RotateLeft(lanes[3], 18);
  for (const uint64_t lane : lanes) hash = MergeLane(hash, lane);
  return hash;
}

}  // namespace

uint64_t KeyHash(Slice key) {
  const uint8_t* from = key.data;
  uint64_t hash = (key.size >= 32 ? HashStripes(&from, key.size) : kPrime5) + key.size;
  size_t rest = key.size & 31;
  for (; rest >= 8; rest -= 8, from += 8) {
    hash = RotateLeft(hash ^ Round(0, DecodeFixed64(from)), 27) * kPrime1 + kPrime4;
  }
  if (rest >= 4) {
    hash = RotateLeft(hash ^ (DecodeFixed32(from) * kPrime1), 23) * kPrime2 + kPrime3;
    from += 4, rest -= 4;
  }
  for (; rest > 0; rest--, from++) hash = RotateLeft(hash ^ (*from * kPrime5), 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace varve
