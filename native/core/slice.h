// A borrowed run of bytes: pointer and length, no ownership. Whoever makes one keeps the bytes alive
// for as long as it is used; every function says when it keeps one beyond its return.
#ifndef VARVE_CORE_SLICE_H_
#define VARVE_CORE_SLICE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace varve {

struct Slice {
  const uint8_t* data = nullptr;
  size_t size = 0;

  Slice() = default;
  Slice(const uint8_t* bytes, size_t length) : data(bytes), size(length) {}

  bool empty() const { return size == 0; }

  // Bytewise order, a prefix before the longer string: negative, zero or positive.
  int compare(const Slice& other) const {
    const size_t common = size < other.size ? size : other.size;
    const int order = common == 0 ? 0 : std::memcmp(data, other.data, common);
    if (order != 0) return order;
    return size < other.size ? -1 : (size > other.size ? 1 : 0);
  }

  bool operator==(const Slice& other) const {
    return size == other.size && (size == 0 || std::memcmp(data, other.data, size) == 0);
  }
  bool operator<(const Slice& other) const { return compare(other) < 0; }
};

}  // namespace varve

#endif  // VARVE_CORE_SLICE_H_
