// The block cache: uncompressed data blocks by (file number, offset), sized in bytes, shared by all trees of a store.
//
// Blocks lie in shards, each an open-addressing table under its own mutex; the table is the clock: a hand walks its
// slots and takes the blocks that were not looked up since it last passed. Pinned blocks are passed over.
// Invariant: the blocks inserted last, 1 MiB of them and at least one, are never evicted, whatever the capacity. A
// reader that lacked a block therefore finds it when it asks again, even in a cache of capacity 0.
// Any thread may call anything. No lock is held while another is taken.
#ifndef VARVE_CORE_CACHE_BLOCK_CACHE_H_
#define VARVE_CORE_CACHE_BLOCK_CACHE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/cache/pinned_block.h"
#include "core/slice.h"

namespace varve {

class BlockCache {
 public:
  static constexpr size_t kShardCount = 16;
  // Inserted bytes that stay whatever the capacity.
  static constexpr uint64_t kProtectedBytes = uint64_t{1} << 20;

  struct Statistics {
    uint64_t bytes = 0;
    uint64_t blocks = 0;
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t insertions = 0;
    uint64_t evictions = 0;
  };

  explicit BlockCache(uint64_t capacity_bytes);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  // Copies `block` in. A block that was there under the same key is replaced; who pinned it keeps the old bytes.
  void Insert(uint64_t file_number, uint64_t offset, Slice block);
  // Pins the block, or returns an empty pin. Counts a hit or a miss.
  PinnedBlock Lookup(uint64_t file_number, uint64_t offset);
  // Calls use(bytes) with the block and returns true, or returns false. Counts a hit or a miss. Costs less than a pin:
  // nothing of the block is touched, as it is held by its shard's lock. `use` calls nothing of the cache.
  template <typename Function>
  bool Use(uint64_t file_number, uint64_t offset, Function use) {
    const Held held = Hold(file_number, offset);
    if (held.block == nullptr) return false;
    use(held.bytes);
    return true;
  }
  // Neither counts nor touches the block.
  bool Has(uint64_t file_number, uint64_t offset) const;
  // Drops all blocks of a file. Pins stay good.
  void Erase(uint64_t file_number);
  // Evicts at once what is above the new capacity.
  void Resize(uint64_t capacity_bytes);
  Statistics statistics() const;
  // What a block of `size` bytes is charged.
  static uint64_t ChargeOf(size_t size);

 private:
  struct Shard;
  // A block and the lock of its shard, under which it stays.
  struct Held {
    Block* block = nullptr;
    Slice bytes;
    std::unique_lock<std::mutex> lock;
  };

  Shard& ShardOf(uint64_t hash) const;
  Held Hold(uint64_t file_number, uint64_t offset);
  void EvictToCapacity();

  std::atomic<uint64_t> capacity_bytes_;
  std::atomic<uint64_t> used_bytes_{0};
  // Bytes ever inserted: the clock by which a block's recency is told.
  std::atomic<uint64_t> inserted_bytes_{0};
  std::atomic<uint32_t> next_shard_{0};
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace varve

#endif  // VARVE_CORE_CACHE_BLOCK_CACHE_H_
