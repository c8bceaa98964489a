// The block cache: eviction, pins, replacement, capacity 0, and several threads at once (run it under TSAN, too).
#include <map>
#include <thread>

#include "core/cache/block_cache.h"
#include "test/sstable_support.h"

using namespace varve;
using namespace varve::test;

namespace {

std::string BlockOf(uint64_t file, uint64_t offset, size_t size) {
  return std::string(size, static_cast<char>('a' + (file * 31 + offset) % 26));
}

void Insert(BlockCache& cache, uint64_t file, uint64_t offset, size_t size) {
  cache.Insert(file, offset, SliceOf(BlockOf(file, offset, size)));
}

bool HasRightBytes(const PinnedBlock& pin, uint64_t file, uint64_t offset) {
  return TextOf(pin.bytes()) == BlockOf(file, offset, pin.bytes().size);
}

void TestEvictsTheUnused() {
  BlockCache cache(8 << 20);
  for (uint64_t i = 0; i < 400; i++) Insert(cache, 1, i, 16384);
  for (int round = 0; round < 20; round++) {
    for (uint64_t i = 0; i < 100; i++) cache.Lookup(1, i);  // hot
    for (uint64_t i = 0; i < 100; i++) Insert(cache, 2, static_cast<uint64_t>(round) * 100 + i, 16384);
  }
  uint64_t kept = 0;
  for (uint64_t i = 0; i < 100; i++) kept += cache.Has(1, i) ? 1 : 0;
  const BlockCache::Statistics statistics = cache.statistics();
  CHECK(kept >= 95);
  CHECK(statistics.bytes <= (8 << 20) && statistics.bytes > (7 << 20));
  CHECK(statistics.blocks * BlockCache::ChargeOf(16384) == statistics.bytes);
  CHECK(statistics.insertions == 2400 && statistics.evictions == 2400 - statistics.blocks);
}

void TestPins() {
  BlockCache cache(2 << 20);
  Insert(cache, 1, 0, 1000);
  PinnedBlock pin = cache.Lookup(1, 0);
  for (uint64_t i = 0; i < 4000; i++) Insert(cache, 2, i, 4096);
  CHECK(cache.Has(1, 0) && HasRightBytes(pin, 1, 0));
  // Erased and replaced blocks stay readable by who pinned them.
  cache.Erase(1);
  CHECK(!cache.Has(1, 0) && HasRightBytes(pin, 1, 0));
  Insert(cache, 1, 0, 500);
  CHECK(pin.bytes().size == 1000 && cache.Lookup(1, 0).bytes().size == 500);
  const PinnedBlock copy = pin;
  pin.Unpin();
  CHECK(copy.bytes().size == 1000);
  for (uint64_t i = 0; i < 4000; i++) Insert(cache, 3, i, 4096);
  CHECK(!cache.Has(1, 0));
}

void TestCapacityZero() {
  BlockCache cache(0);
  for (uint64_t i = 0; i < 2000; i++) {
    Insert(cache, 1, i, 16384);
    CHECK(HasRightBytes(cache.Lookup(1, i), 1, i));
    // A lookup over a few levels needs several at once.
    if (i >= 20) CHECK(cache.Has(1, i - 20));
  }
  CHECK(cache.statistics().bytes <= BlockCache::kProtectedBytes + BlockCache::ChargeOf(16384));
  Insert(cache, 2, 0, 8 << 20);
  CHECK(cache.Has(2, 0));
  Insert(cache, 2, 1, 8 << 20);
  CHECK(cache.Has(2, 1) && !cache.Has(2, 0));
}

void TestResizeAndErase() {
  BlockCache cache(16 << 20);
  for (uint64_t i = 0; i < 1000; i++) Insert(cache, i % 3, i, 4096);
  CHECK(cache.statistics().blocks == 1000);
  cache.Erase(1);
  for (uint64_t i = 0; i < 1000; i++) CHECK(cache.Has(i % 3, i) == (i % 3 != 1));
  cache.Resize(2 << 20);
  CHECK(cache.statistics().bytes <= (2 << 20));
  cache.Erase(0);
  cache.Erase(2);
  CHECK(cache.statistics().bytes == 0 && cache.statistics().blocks == 0);
}

void TestThreads() {
  BlockCache cache(2 << 20);
  std::vector<std::thread> threads;
  for (uint64_t seed = 0; seed < 4; seed++) {
    threads.emplace_back([&cache, seed] {
      Random random(seed);
      std::vector<PinnedBlock> pins(16);
      for (int i = 0; i < 6000; i++) {
        const uint64_t file = random() % 4;
        const uint64_t offset = random() % 500;
        PinnedBlock pin = cache.Lookup(file, offset);
        if (!pin) Insert(cache, file, offset, 1000 + offset * 10);
        if (pin) CHECK(HasRightBytes(pin, file, offset));
        pins[random() % pins.size()] = std::move(pin);
        if (i % 1000 == 0) cache.Erase(file);
        if (i % 1500 == 0) cache.Resize((1 + random() % 3) << 20);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  cache.Resize(0);
  for (uint64_t file = 0; file < 4; file++) cache.Erase(file);
  CHECK(cache.statistics().bytes == 0 && cache.statistics().blocks == 0);
}

}  // namespace

int main() {
  TestEvictsTheUnused();
  TestPins();
  TestCapacityZero();
  TestResizeAndErase();
  TestThreads();
  return 0;
}
