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
  return 0;
}
