// A growing run of bytes that the encoders write to. Unlike std::vector it grows without clearing memory, and a writer
// may reserve room, fill it through a pointer and commit what it used. One thread at a time.
#ifndef VARVE_CORE_SSTABLE_BYTE_BUFFER_H_
#define VARVE_CORE_SSTABLE_BYTE_BUFFER_H_

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "core/slice.h"

namespace varve {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ~ByteBuffer() { std::free(data_); }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ByteBuffer(ByteBuffer&& other) noexcept { Swap(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    Swap(other);
    return *this;
  }

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Slice slice() const { return Slice(data_, size_); }

  // Room for `bytes` more behind the end: valid until the next Reserve. Never null.
  uint8_t* Reserve(size_t bytes) {
    if (capacity_ - size_ < bytes || data_ == nullptr) Grow(bytes);
    return data_ + size_;
  }
  // Makes everything up to `end`, which lies in the room reserved last, part of the buffer.
  void CommitTo(const uint8_t* end) { size_ = static_cast<size_t>(end - data_); }
  void Append(Slice bytes) {
    uint8_t* const room = Reserve(bytes.size);
    if (bytes.size > 0) std::memcpy(room, bytes.data, bytes.size);
    size_ += bytes.size;
  }
  // REQUIRES: size <= size()
  void Truncate(size_t size) { size_ = size; }
  void Clear() { size_ = 0; }

 private:
  void Swap(ByteBuffer& other) {
    uint8_t* const data = data_;
    const size_t size = size_;
    const size_t capacity = capacity_;
    data_ = other.data_, size_ = other.size_, capacity_ = other.capacity_;
    other.data_ = data, other.size_ = size, other.capacity_ = capacity;
  }

  void Grow(size_t bytes) {
    size_t capacity = capacity_ < 64 ? 64 : capacity_ * 2;
    if (capacity < size_ + bytes) capacity = size_ + bytes;
    void* const memory = std::realloc(data_, capacity);
    if (memory == nullptr) std::abort();  // as operator new does without exceptions
    data_ = static_cast<uint8_t*>(memory);
    capacity_ = capacity;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BYTE_BUFFER_H_
