// Walks one data block in both directions. Going back, a run between two restarts is decoded once and handed out from
// its end. What a walk gives is in order, whatever the block holds. Borrows the block; the slices it hands out live
// until it moves. One thread at a time.
#ifndef VARVE_CORE_SSTABLE_BLOCK_CURSOR_H_
#define VARVE_CORE_SSTABLE_BLOCK_CURSOR_H_

#include <cstdint>
#include <vector>

#include "core/sstable/block_reader.h"
#include "core/sstable/block_scanner.h"

namespace varve {

class BlockCursor {
 public:
  using Step = BlockScanner::Step;

  // False when the trailer is broken.
  bool Open(Slice block);

  Step SeekToFirst();
  Step SeekToLast();
  // The first entry at or behind (key, sequence).
  Step Seek(Slice key, uint64_t sequence);
  // The last entry with a key <= `key`.
  Step SeekForPrevious(Slice key);
  // REQUIRES: it stands on an entry
  Step Next();
  Step Previous();

  // REQUIRES: it stands on an entry
  Slice key() const {
    return in_run_ ? Slice(run_keys_.data() + run_[run_at_].key_start, run_[run_at_].key_size) : scanner_.key();
  }
  Slice value() const { return in_run_ ? run_[run_at_].value : scanner_.value(); }
  uint64_t sequence() const { return in_run_ ? run_[run_at_].sequence : scanner_.sequence(); }
  EntryType type() const { return in_run_ ? run_[run_at_].type : scanner_.type(); }

 private:
  struct RunEntry {
    const uint8_t* at;
    size_t key_start;
    size_t key_size;
    Slice value;
    uint64_t sequence;
    EntryType type;
  };

  bool StartAt(uint32_t restart);
  Step DecodeRunBefore(const uint8_t* target);

  BlockReader block_;
  BlockScanner scanner_;
  // The entries from a restart up to where the walk back began; the cursor stands on run_[run_at_] when in_run_.
  std::vector<RunEntry> run_;
  ByteBuffer run_keys_;
  ByteBuffer following_key_;
  size_t run_at_ = 0;
  bool in_run_ = false;
};

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOCK_CURSOR_H_
