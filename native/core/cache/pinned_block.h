// A block's bytes with a count of owners, and the pin that is one owner: the cache holds one, each reader that stands
// on the block another. The bytes never change and are freed with the last owner, on whatever thread that is.
#ifndef VARVE_CORE_CACHE_PINNED_BLOCK_H_
#define VARVE_CORE_CACHE_PINNED_BLOCK_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>

#include "core/cache/block_memory.h"
#include "core/slice.h"

namespace varve {

// Header of one allocation; the bytes follow it.
class Block {
 public:
  // A copy of `bytes` with one owner: the caller.
  static Block* New(Slice bytes) {
    void* memory = BlockMemory::Allocate(sizeof(Block) + bytes.size);
    Block* block = new (memory) Block(bytes.size);
    if (bytes.size > 0) std::memcpy(static_cast<uint8_t*>(memory) + sizeof(Block), bytes.data, bytes.size);
    return block;
  }

  // Touches nothing of the block.
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(this + 1); }
  Slice bytes() const { return Slice(data(), size_); }
  void AddOwner() { owners_.fetch_add(1, std::memory_order_relaxed); }
  void DropOwner() {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const size_t memory_bytes = sizeof(Block) + size_;
    this->~Block();
    BlockMemory::Free(this, memory_bytes);
  }
  // Only meaningful to an owner under a lock that new owners need.
  bool has_one_owner() const { return owners_.load(std::memory_order_acquire) == 1; }

 private:
  explicit Block(size_t size) : size_(size) {}
  ~Block() = default;

  std::atomic<uint32_t> owners_{1};
  size_t size_;
};

class PinnedBlock {
 public:
  PinnedBlock() = default;
  // Takes over one ownership of `block`.
  explicit PinnedBlock(Block* block) : block_(block) {}
  PinnedBlock(const PinnedBlock& other) : block_(other.block_) {
    if (block_ != nullptr) block_->AddOwner();
  }
  PinnedBlock(PinnedBlock&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  PinnedBlock& operator=(PinnedBlock other) noexcept {
    Block* const mine = block_;
    block_ = other.block_;
    other.block_ = mine;
    return *this;
  }
  ~PinnedBlock() { Unpin(); }

  explicit operator bool() const { return block_ != nullptr; }
  Slice bytes() const { return block_ == nullptr ? Slice() : block_->bytes(); }
  void Unpin() {
    if (block_ != nullptr) block_->DropOwner();
    block_ = nullptr;
  }

 private:
  Block* block_ = nullptr;
};

}  // namespace varve

#endif  // VARVE_CORE_CACHE_PINNED_BLOCK_H_
