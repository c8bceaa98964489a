// Point lookups in one tree: memtables, then level 0, then the deeper levels. The newer always comes first, so the
// first version that the reader may see decides, a tombstone too.
//
// Reads no file: a lookup that lacks an index or a block says which, and is made again from the start when it is there.
// Shares the read state and the cache. One thread at a time.
#ifndef VARVE_CORE_READ_TREE_READER_H_
#define VARVE_CORE_READ_TREE_READER_H_

#include <cstdint>
#include <memory>

#include "core/cache/block_cache.h"
#include "core/read/read_state.h"

namespace varve {

class TreeReader {
 public:
  enum class Result { kFound, kMissing, kStalled, kCorrupt };

  explicit TreeReader(std::shared_ptr<BlockCache> cache);

  void SetState(std::shared_ptr<const ReadState> state) { state_ = std::move(state); }
  const std::shared_ptr<const ReadState>& state() const { return state_; }
  const std::shared_ptr<BlockCache>& cache() const { return cache_; }

  // The newest version of `key` at or below `sequence`. kFound fills `found`; kStalled and kCorrupt fill `missing`.
  // Allocates nothing.
  Result Get(Slice key, uint64_t sequence, FoundEntry* found, MissingBlock* missing) const;

 private:
  const std::shared_ptr<BlockCache> cache_;
  std::shared_ptr<const ReadState> state_;
};

}  // namespace varve

#endif  // VARVE_CORE_READ_TREE_READER_H_
