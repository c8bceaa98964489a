// A walk over what one tree holds for a reader at a sequence number: the visible entries of a read state, in bounds, in
// either direction, given out as runs of bytes.
//
//   entry := keyLength u32le | valueLength u32le | key | value
//
// Keeps the read state that it was made with alive. Only SSTables that reach into the bounds are opened. One thread at
// a time: the one that writes the state's active memtable, if there is one.
#ifndef VARVE_CORE_READ_TREE_ITERATOR_H_
#define VARVE_CORE_READ_TREE_ITERATOR_H_

#include <cstdint>
#include <memory>

#include "core/cache/block_cache.h"
#include "core/read/read_state.h"
#include "core/read/visible_iterator.h"

namespace varve {

class TreeIterator {
 public:
  enum class Stop { kEnd, kFull, kNeedRoom, kStalled, kCorrupt };

  struct Filled {
    Stop stop;
    uint32_t entries;
    // Bytes of `out` that were written.
    size_t bytes;
    // kNeedRoom: bytes that the next entry takes.
    size_t room;
  };

  TreeIterator(std::shared_ptr<const ReadState> state, std::shared_ptr<BlockCache> cache, uint64_t sequence,
               KeyBounds bounds, bool reverse);

  // Writes entries to `out` from where the last call stopped, at most `max_entries`. kFull: `max_entries` were written,
  // or the next does not fit behind those that were. kStalled, kCorrupt: missing() tells what is lacking.
  Filled Fill(uint8_t* out, size_t size, uint32_t max_entries);

  const MissingBlock& missing() const { return *missing_; }

 private:
  // Its own allocation: cursors point to it.
  const std::unique_ptr<MissingBlock> missing_;
  const std::shared_ptr<const ReadState> state_;
  VisibleIterator visible_;
};

}  // namespace varve

#endif  // VARVE_CORE_READ_TREE_ITERATOR_H_
