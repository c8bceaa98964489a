#include "core/cache/block_cache.h"

#include <utility>

namespace varve {
namespace {

// A block's header, its slot in a table at most three quarters full, what the allocator adds.
constexpr uint64_t kOverheadBytes = 96;
constexpr size_t kFirstSlots = 64;

// splitmix64's finalizer (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
uint64_t HashOf(uint64_t file_number, uint64_t offset) {
  uint64_t hash = file_number * 0x9e3779b97f4a7c15 + offset;
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

struct Slot {
  uint64_t file_number = 0;
  uint64_t offset = 0;
  Block* block = nullptr;  // null: free
  uint64_t inserted_at = 0;
  // Of the block: told without touching it.
  uint32_t size = 0;
  bool was_used = false;
};

}  // namespace

// Linear probing; a removal shifts later slots back, so that no tombstones gather. Everything under `mutex`.
struct alignas(64) BlockCache::Shard {
  mutable std::mutex mutex;
  std::vector<Slot> slots = std::vector<Slot>(kFirstSlots);
  size_t count = 0;
  size_t hand = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t insertions = 0;
  uint64_t evictions = 0;

  size_t mask() const { return slots.size() - 1; }

  // The slot of the key, or the free one where it belongs.
  size_t Find(uint64_t hash, uint64_t file_number, uint64_t offset) const {
    size_t i = hash & mask();
    while (slots[i].block != nullptr && (slots[i].file_number != file_number || slots[i].offset != offset)) {
      i = (i + 1) & mask();
    }
    return i;
  }

  void Grow() {
    std::vector<Slot> old(slots.size() * 2);
    old.swap(slots);
    for (const Slot& slot : old) {
      if (slot.block != nullptr)
        slots[Find(HashOf(slot.file_number, slot.offset), slot.file_number, slot.offset)] = slot;
    }
    hand = 0;
  }

  // Frees slot i; returns its charge. A later slot may move into it.
  uint64_t Remove(size_t i) {
    Block* const block = slots[i].block;
    const uint64_t charge = ChargeOf(block->bytes().size);
    for (size_t j = (i + 1) & mask(); slots[j].block != nullptr; j = (j + 1) & mask()) {
      const size_t home = HashOf(slots[j].file_number, slots[j].offset) & mask();
      if (((j - home) & mask()) < ((j - i) & mask())) continue;  // would lie before its home
      slots[i] = slots[j];
      i = j;
    }
    slots[i] = Slot();
    count--;
    block->DropOwner();
    return charge;
  }

  // Walks the clock for at most one round, until one block went. Returns its charge, or 0.
  uint64_t EvictOne(uint64_t inserted_bytes) {
    for (size_t steps = count == 0 ? 0 : slots.size(); steps > 0; steps--) {
      Slot& slot = slots[hand];
      const bool is_protected = inserted_bytes - slot.inserted_at < kProtectedBytes;
      if (slot.block != nullptr && !is_protected && slot.block->has_one_owner()) {
        if (!slot.was_used) {
          evictions++;
          return Remove(hand);
        }
        slot.was_used = false;
      }
      hand = (hand + 1) & mask();
    }
    return 0;
  }

  uint64_t RemoveFile(uint64_t file_number) {
    uint64_t freed = 0;
    for (size_t i = 0; i < slots.size();) {
      if (slots[i].block != nullptr && slots[i].file_number == file_number) {
        freed += Remove(i);
      } else {
        i++;
      }
    }
    return freed;
  }
};

BlockCache::BlockCache(uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {
  for (size_t i = 0; i < kShardCount; i++) shards_.push_back(std::make_unique<Shard>());
}

BlockCache::~BlockCache() {
  for (const auto& shard : shards_) {
    for (const Slot& slot : shard->slots) {
      if (slot.block != nullptr) slot.block->DropOwner();
    }
  }
}

uint64_t BlockCache::ChargeOf(size_t size) { return size + kOverheadBytes; }

// The table takes the low bits of the hash, the shard the high ones.
BlockCache::Shard& BlockCache::ShardOf(uint64_t hash) const { return *shards_[(hash >> 48) % kShardCount]; }

void BlockCache::Insert(uint64_t file_number, uint64_t offset, Slice bytes) {
  Block* const block = Block::New(bytes);
  const uint64_t charge = ChargeOf(bytes.size);
  const uint64_t inserted_at = inserted_bytes_.fetch_add(charge) + charge;
  const uint64_t hash = HashOf(file_number, offset);
  uint64_t replaced = 0;
  {
    Shard& shard = ShardOf(hash);
    const std::lock_guard<std::mutex> lock(shard.mutex);
    if ((shard.count + 1) * 4 > shard.slots.size() * 3) shard.Grow();
    Slot& slot = shard.slots[shard.Find(hash, file_number, offset)];
    if (slot.block != nullptr) {
      replaced = ChargeOf(slot.block->bytes().size);
      slot.block->DropOwner();
    } else {
      shard.count++;
    }
    slot = Slot{file_number, offset, block, inserted_at, static_cast<uint32_t>(bytes.size), false};
    shard.insertions++;
    used_bytes_.fetch_add(charge - replaced);  // modulo 2^64: may well be a subtraction
  }
  EvictToCapacity();
}

PinnedBlock BlockCache::Lookup(uint64_t file_number, uint64_t offset) {
  const Held held = Hold(file_number, offset);
  if (held.block == nullptr) return PinnedBlock();
  held.block->AddOwner();
  return PinnedBlock(held.block);
}

BlockCache::Held BlockCache::Hold(uint64_t file_number, uint64_t offset) {
  const uint64_t hash = HashOf(file_number, offset);
  Shard& shard = ShardOf(hash);
  std::unique_lock<std::mutex> lock(shard.mutex);
  Slot& slot = shard.slots[shard.Find(hash, file_number, offset)];
  if (slot.block == nullptr) {
    shard.misses++;
    return Held();
  }
  shard.hits++;
  slot.was_used = true;
  return {slot.block, Slice(slot.block->data(), slot.size), std::move(lock)};
}

bool BlockCache::Has(uint64_t file_number, uint64_t offset) const {
  const uint64_t hash = HashOf(file_number, offset);
  const Shard& shard = ShardOf(hash);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  return shard.slots[shard.Find(hash, file_number, offset)].block != nullptr;
}

void BlockCache::Erase(uint64_t file_number) {
  for (const auto& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard->mutex);
    used_bytes_.fetch_sub(shard->RemoveFile(file_number));
  }
}

void BlockCache::Resize(uint64_t capacity_bytes) {
  capacity_bytes_.store(capacity_bytes);
  EvictToCapacity();
}

// Takes one block from a shard in turn, so that the shards' clocks go round together. Gives up when two rounds over all
// shards found nothing: the first may only have cleared `was_used`.
void BlockCache::EvictToCapacity() {
  size_t fruitless = 0;
  while (used_bytes_.load() > capacity_bytes_.load() && fruitless < 2 * kShardCount) {
    Shard& shard = *shards_[next_shard_.fetch_add(1, std::memory_order_relaxed) % kShardCount];
    const std::lock_guard<std::mutex> lock(shard.mutex);
    const uint64_t freed = shard.EvictOne(inserted_bytes_.load());
    used_bytes_.fetch_sub(freed);
    fruitless = freed == 0 ? fruitless + 1 : 0;
  }
}

BlockCache::Statistics BlockCache::statistics() const {
  Statistics sum;
  for (const auto& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard->mutex);
    sum.blocks += shard->count;
    sum.hits += shard->hits;
    sum.misses += shard->misses;
    sum.insertions += shard->insertions;
    sum.evictions += shard->evictions;
  }
  sum.bytes = used_bytes_.load();
  return sum;
}

}  // namespace varve
