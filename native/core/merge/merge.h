// The k-way merge behind flushes and compactions: sorted inputs in, what some reader can still see out, as SSTables.
//
// Inputs are runs of data blocks and at most one memtable cursor. Step goes on until the caller must act: feed an
// input, take a block and say where it went, take a finished file's parts. The output is that of one sorted stream;
// blocks end at block_bytes, also between versions of one key, files end with the block that reaches target_file_bytes
// and only between two keys. An entry that comes from two inputs (flushed, then replayed by recovery) comes out once. A
// broken input, or two different entries with one key and sequence number, ends the merge as corrupt.
// One thread at a time; it may be made on one thread and used on another.
#ifndef VARVE_CORE_MERGE_MERGE_H_
#define VARVE_CORE_MERGE_MERGE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/merge/loser_tree.h"
#include "core/merge/merge_input.h"
#include "core/merge/sstable_builder.h"

namespace varve {

struct MergeOptions {
  // Runs of blocks, numbered from 0.
  uint32_t input_count = 0;
  // Of a key's versions, those older than its newest one at or below this number are dropped.
  uint64_t oldest_read_sequence = 0;
  // Drop tombstones at or below it, too: no older version lies beneath the output.
  bool bottom = false;
  uint64_t block_bytes = 16384;
  uint32_t restart_interval = 16;
  double filter_bits_per_key = 10;
  uint64_t target_file_bytes = uint64_t{64} << 20;
  // Keep lower <= key < upper.
  bool has_lower = false;
  bool has_upper = false;
  std::vector<uint8_t> lower;
  std::vector<uint8_t> upper;
};

class Merge {
 public:
  enum class Status { kNeedInput, kBlock, kFileEnd, kDone, kCorrupt, kNeedRoom, kMisplaced };

  // `memtable` may be null; it is input number `input_count`.
  Merge(MergeOptions options, std::unique_ptr<EntryCursor> memtable);
  Merge(const Merge&) = delete;
  Merge& operator=(const Merge&) = delete;

  uint32_t input_count() const { return options_.input_count; }
  bool CanFeed(uint32_t input) const { return input < options_.input_count && !inputs_[input].finished(); }
  // Copies a block. REQUIRES: CanFeed(input)
  void Feed(uint32_t input, Slice block) { inputs_[input].Feed(block); }
  // REQUIRES: input < input_count
  void Finish(uint32_t input) { inputs_[input].Finish(); }

  // Writes a block to `out` for kBlock. `detail`: the input for kNeedInput and kCorrupt, the block's length for kBlock,
  // the room needed for kNeedRoom. REQUIRES: !awaits_place()
  Status Step(uint8_t* out, size_t out_size, uint64_t* detail);

  // Steps on and puts the blocks raw into `out`, back to back, as the bytes of the file from `offset` on; `seed` is the
  // checksum of the file's identity. Ends as Step does, kNeedRoom with the room that the next block needs, but never
  // with kBlock; kMisplaced when `offset` breaks the grammar of the index. `written`: the bytes put there. REQUIRES:
  // !awaits_place()
  Status Fill(uint8_t* out, size_t out_size, uint64_t offset, uint32_t seed, size_t* written, uint64_t* detail);

  // A block was given out and PlaceBlock must come next.
  bool awaits_place() const { return awaits_place_; }
  // REQUIRES: awaits_place(). False when the place breaks the grammar of the index: the merge still awaits it.
  bool PlaceBlock(uint64_t offset, uint32_t stored_length, uint32_t checksum, uint8_t compression);

  // After kFileEnd, until the next Step: the file's parts. Null otherwise.
  SSTableParts* parts() { return parts_.get(); }

 private:
  // What came of the winning entry: it is merged, or stays because a block or file must end first.
  enum class Decision { kMerged, kBlockClosed, kCorrupt };

  bool BeginInputs(Status* status, uint64_t* detail);
  bool AdvanceWinner(Status* status, uint64_t* detail);
  Decision MergeEntry(const MergeInput& input);
  bool IsReplayOfLast(const MergeInput& input) const;
  void RememberEntry(const MergeInput& input, bool is_same_key, bool is_covered);
  Status EndOfInputs(uint8_t* out, size_t out_size, uint64_t* detail);
  void CloseBlock(const Slice* next_key, bool ends_file);
  Status GiveBlock(uint8_t* out, size_t out_size, uint64_t* detail);
  Status EndFile();
  Status Corrupt(uint32_t input, uint64_t* detail);
  auto Wins() const {
    return [this](uint32_t a, uint32_t b) { return MergeInput::IsBefore(inputs_[a], inputs_[b]); };
  }

  const MergeOptions options_;
  Slice lower_;
  Slice upper_;
  MergeBounds bounds_;
  std::vector<MergeInput> inputs_;
  LoserTree tree_;
  SSTableBuilder builder_;
  std::unique_ptr<SSTableParts> parts_;

  // How many inputs stand on their first entry (or ended): the tournament begins when all do.
  uint32_t begun_ = 0;
  // The winner was merged, but its next entry was not fed yet.
  bool winner_is_stale_ = false;
  bool block_is_closed_ = false;
  bool file_ends_ = false;
  bool awaits_place_ = false;
  bool is_corrupt_ = false;
  uint32_t corrupt_input_ = 0;

  // The entry merged last, dropped or not.
  bool has_last_ = false;
  ByteBuffer last_key_;
  uint64_t last_sequence_ = 0;
  EntryType last_type_ = EntryType::kPut;
  bool last_is_kept_ = false;
  // A version of last_key_ at or below oldest_read_sequence was met: no reader sees older ones.
  bool last_is_covered_ = false;
};

}  // namespace varve

#endif  // VARVE_CORE_MERGE_MERGE_H_
