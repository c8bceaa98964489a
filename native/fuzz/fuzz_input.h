// The bytes of one fuzz input, taken apart front to back, and the check of the targets.
//
// What is taken is a copy of its own size on the heap, so that AddressSanitizer sees one byte too far on either side.
// When nothing is left, numbers are 0 and runs are empty: every input is a valid one. FUZZ_CHECK stays in every build
// and ends the process.
#ifndef VARVE_FUZZ_FUZZ_INPUT_H_
#define VARVE_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/slice.h"

#define FUZZ_CHECK(condition)                                                          \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::fprintf(stderr, "%s:%d: FUZZ_CHECK(%s)\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                    \
    }                                                                                  \
  } while (false)

namespace varve::fuzz {

// Bytes in an allocation of exactly their size.
class OwnedBytes {
 public:
  explicit OwnedBytes(Slice bytes) : size_(bytes.size), bytes_(new uint8_t[bytes.size]) {
    std::copy(bytes.data, bytes.data + bytes.size, bytes_.get());
  }
  Slice slice() const { return Slice(bytes_.get(), size_); }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> bytes_;
};

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : left_(data, size) {}

  bool empty() const { return left_.empty(); }
  uint8_t Byte() {
    const Slice taken = Take(1);
    return taken.empty() ? 0 : taken.data[0];
  }
  uint32_t Short() {
    const uint32_t low = Byte();
    return low | static_cast<uint32_t>(Byte()) << 8;
  }
  // At most `size` bytes.
  OwnedBytes Bytes(size_t size) { return OwnedBytes(Take(size)); }
  // A length byte, and so many bytes.
  OwnedBytes ShortBytes() { return Bytes(Byte()); }
  // A length of two bytes, and so many bytes.
  OwnedBytes LongBytes() { return Bytes(Short()); }
  OwnedBytes Rest() { return Bytes(left_.size); }

 private:
  Slice Take(size_t size) {
    const Slice taken(left_.data, std::min(size, left_.size));
    left_ = Slice(left_.data + taken.size, left_.size - taken.size);
    return taken;
  }

  Slice left_;
};

}  // namespace varve::fuzz

#endif  // VARVE_FUZZ_FUZZ_INPUT_H_
