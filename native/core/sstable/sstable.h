// One SSTable in memory: its file number, the keys it may show, and, once loaded, its block index and bloom filter.
//
// Held by shared_ptr: readers and cursors keep it alive. Its contents are set once, by the first Load that succeeds,
// and never change after; Load may run on one thread while others read. `smallest_key` and `largest_key` (both
// inclusive) limit what lookups and cursors show, so that a file may be shared by two trees that each own a part of its
// keys. It reads no file: a lookup or cursor that lacks the index or a block says so in a MissingBlock.
#ifndef VARVE_CORE_SSTABLE_SSTABLE_H_
#define VARVE_CORE_SSTABLE_SSTABLE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/entry.h"
#include "core/slice.h"
#include "core/sstable/bloom_filter.h"
#include "core/sstable/index_reader.h"

namespace varve {

class SSTable {
 public:
  enum class Result { kFound, kDeleted, kAbsent, kStalled, kCorrupt };

  // Copies the keys.
  SSTable(uint64_t file_number, Slice smallest_key, Slice largest_key);
  ~SSTable();
  SSTable(const SSTable&) = delete;
  SSTable& operator=(const SSTable&) = delete;

  uint64_t file_number() const { return file_number_; }
  Slice smallest_key() const { return Slice(smallest_key_.data(), smallest_key_.size()); }
  Slice largest_key() const { return Slice(largest_key_.data(), largest_key_.size()); }
  // Whether `key` lies between the two, both included.
  bool Covers(Slice key) const { return smallest_key().compare(key) <= 0 && key.compare(largest_key()) <= 0; }

  // Takes the raw index block and filter block (empty: no filter); copies. False, and nothing changes, when the grammar
  // of either is broken. True and without effect when it is loaded already.
  bool Load(Slice index, Slice filter);
  bool loaded() const { return contents() != nullptr; }
  size_t memory_bytes() const;

  // The newest version of `key` with a sequence number <= `sequence`. `key_hash` is KeyHash(key), computed once for all
  // the SSTables of a lookup. kFound and kDeleted fill `entry`; kStalled
  // (index not loaded, or block not cached) and kCorrupt fill `missing`. Allocates nothing.
  Result Lookup(Slice key, uint64_t key_hash, uint64_t sequence, BlockCache& cache, FoundEntry* entry,
                MissingBlock* missing) const;

  // A cursor over the entries between smallest_key and largest_key. It keeps `table` and `cache`; when it is stalled or
  // corrupt it has filled `*missing`, which must outlive it (cursors that are driven together may share one).
  // It pins the block it stands on, and a repeated call uses that pin before the cache.
  static std::unique_ptr<EntryCursor> NewCursor(std::shared_ptr<const SSTable> table, std::shared_ptr<BlockCache> cache,
                                                MissingBlock* missing);

  struct Contents {
    IndexReader index;
    BloomFilter filter;
  };
  // Null until loaded.
  const Contents* contents() const { return contents_.load(std::memory_order_acquire); }

 private:
  const uint64_t file_number_;
  const std::vector<uint8_t> smallest_key_;
  const std::vector<uint8_t> largest_key_;
  std::mutex load_mutex_;
  std::atomic<const Contents*> contents_{nullptr};
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_SSTABLE_H_
