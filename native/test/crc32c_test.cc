// The checksum against the vectors of RFC 3720 B.4, and the fast form against the portable one.
#include "core/crc32c.h"

#include <cstdlib>
#include <vector>

#include "test/check.h"

using varve::Crc32c;
using varve::Crc32cPortable;

int main() {
  const std::vector<uint8_t> zeros(32, 0);
  const std::vector<uint8_t> ones(32, 0xff);
  std::vector<uint8_t> ascending(32);
  for (size_t i = 0; i < 32; i++) ascending[i] = static_cast<uint8_t>(i);
  CHECK(Crc32c(0, zeros.data(), 32) == 0x8a9136aa);
  CHECK(Crc32c(0, ones.data(), 32) == 0x62a8ab43);
  CHECK(Crc32c(0, ascending.data(), 32) == 0x46dd794e);

  std::vector<uint8_t> bytes(1000);
  for (size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<uint8_t>(i * 7919);
  for (size_t size = 0; size < bytes.size(); size++) {
    const uint32_t whole = Crc32c(0, bytes.data(), size);
    CHECK(whole == Crc32cPortable(0, bytes.data(), size));
    const size_t cut = size / 3;
    CHECK(whole == Crc32c(Crc32c(0, bytes.data(), cut), bytes.data() + cut, size - cut));
  }

  // Where it works in three lanes of 1360 bytes: around their edges, from any address.
  std::vector<uint8_t> large(20'000);
  for (size_t i = 0; i < large.size(); i++) large[i] = static_cast<uint8_t>(i * i * 31 + i / 256);
  for (size_t start = 0; start < 9; start++) {
    for (const size_t size : {4072, 4079, 4080, 4081, 4088, 4096, 8159, 8160, 8161, 12'240, 19'000}) {
      const uint32_t seed = static_cast<uint32_t>(size * 2654435761u);
      CHECK(Crc32c(seed, large.data() + start, size) == Crc32cPortable(seed, large.data() + start, size));
    }
  }
  return 0;
}
