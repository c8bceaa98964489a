#include "core/merge/merge.h"

#include <utility>

#include "core/crc32c.h"
#include "core/sstable/coding.h"

namespace varve {
namespace {

// The lengths of a block are kept in 32 bits, and an entry may have a block of its own.
constexpr uint64_t kMaxEntryBytes = UINT32_MAX - 64;

// The checksum of src/engine/sstable/file-identity.ts: identity, offset, stored bytes.
uint32_t PlacedChecksum(uint32_t seed, uint64_t offset, Slice stored) {
  uint8_t offset_bytes[8];
  EncodeFixed32(EncodeFixed32(offset_bytes, static_cast<uint32_t>(offset)), static_cast<uint32_t>(offset >> 32));
  return Crc32c(Crc32c(seed, offset_bytes, sizeof(offset_bytes)), stored.data, stored.size);
}

}  // namespace

Merge::Merge(MergeOptions options, std::unique_ptr<EntryCursor> memtable)
    : options_(std::move(options)),
      lower_(options_.lower.data(), options_.lower.size()),
      upper_(options_.upper.data(), options_.upper.size()),
      builder_(options_.restart_interval, options_.filter_bits_per_key) {
  if (options_.has_lower) bounds_.lower = &lower_;
  if (options_.has_upper) bounds_.upper = &upper_;
  inputs_ = std::vector<MergeInput>(options_.input_count);
  if (memtable != nullptr) inputs_.emplace_back(std::move(memtable));
}

Merge::Status Merge::Step(uint8_t* out, size_t out_size, uint64_t* detail) {
  *detail = corrupt_input_;
  if (is_corrupt_) return Status::kCorrupt;
  parts_.reset();
  if (block_is_closed_) return GiveBlock(out, out_size, detail);
  if (file_ends_) return EndFile();
  Status status;
  if (!BeginInputs(&status, detail)) return status;
  for (;;) {
    if (winner_is_stale_ && !AdvanceWinner(&status, detail)) return status;
    if (inputs_.empty() || inputs_[tree_.winner()].ended()) return EndOfInputs(out, out_size, detail);
    switch (MergeEntry(inputs_[tree_.winner()])) {
      case Decision::kMerged:
        winner_is_stale_ = true;
        break;
      case Decision::kBlockClosed:
        return GiveBlock(out, out_size, detail);
      case Decision::kCorrupt:
        return Corrupt(tree_.winner(), detail);
    }
  }
}

Merge::Status Merge::Fill(uint8_t* out, size_t out_size, uint64_t offset, uint32_t seed, size_t* written,
                          uint64_t* detail) {
  *written = 0;
  for (;;) {
    uint8_t* const block = out + *written;
    const Status status = Step(block, out_size - *written, detail);
    if (status != Status::kBlock) return status;
    const auto length = static_cast<uint32_t>(*detail);
    const uint32_t checksum = PlacedChecksum(seed, offset + *written, Slice(block, length));
    if (!PlaceBlock(offset + *written, length, checksum, kCompressionNone)) return Status::kMisplaced;
    *written += length;
  }
}

// Brings every input to its first entry. False when one lacks blocks or is broken.
bool Merge::BeginInputs(Status* status, uint64_t* detail) {
  if (begun_ == inputs_.size()) return true;
  for (; begun_ < inputs_.size(); begun_++) {
    const MergeInput::Step step = inputs_[begun_].Advance(bounds_);
    if (step == MergeInput::Step::kDry) {
      *detail = begun_;
      *status = Status::kNeedInput;
      return false;
    }
    if (step == MergeInput::Step::kCorrupt) {
      *status = Corrupt(begun_, detail);
      return false;
    }
  }
  tree_.Build(begun_, Wins());
  return true;
}

bool Merge::AdvanceWinner(Status* status, uint64_t* detail) {
  const uint32_t winner = tree_.winner();
  const MergeInput::Step step = inputs_[winner].Advance(bounds_);
  if (step == MergeInput::Step::kDry) {
    *detail = winner;
    *status = Status::kNeedInput;
    return false;
  }
  if (step == MergeInput::Step::kCorrupt) {
    *status = Corrupt(winner, detail);
    return false;
  }
  winner_is_stale_ = false;
  tree_.Replay(Wins());
  return true;
}

Merge::Decision Merge::MergeEntry(const MergeInput& input) {
  const int order = has_last_ ? input.key().compare(last_key_.slice()) : 1;
  const bool is_same_key = order == 0;
  if (order < 0 || (is_same_key && input.sequence() > last_sequence_)) return Decision::kCorrupt;
  if (is_same_key && input.sequence() == last_sequence_) {
    return IsReplayOfLast(input) ? Decision::kMerged : Decision::kCorrupt;
  }
  const bool is_covered = is_same_key && last_is_covered_;
  const bool covers = input.sequence() <= options_.oldest_read_sequence;
  const bool is_dead_tombstone = options_.bottom && covers && input.type() == EntryType::kDelete;
  const bool is_kept = !is_covered && !is_dead_tombstone;
  if (is_kept) {
    const size_t entry_bytes = BlockBuilder::MaxEntryBytes(input.key().size, input.value().size);
    if (entry_bytes > kMaxEntryBytes) return Decision::kCorrupt;
    if (!builder_.block_empty() && builder_.block_bytes() + entry_bytes > options_.block_bytes) {
      const bool ends_file =
          !is_same_key && builder_.closed_bytes() + builder_.block_bytes() >= options_.target_file_bytes;
      const Slice next_key = input.key();
      CloseBlock(&next_key, ends_file);
      return Decision::kBlockClosed;
    }
    builder_.Add(input.key(), !is_same_key, input.sequence(), input.type(), input.value());
  }
  RememberEntry(input, is_same_key, is_covered || covers);
  last_is_kept_ = is_kept;
  return Decision::kMerged;
}

// Whether the entry, which has key and sequence number of the last, is that one again: a flush wrote it, and recovery
// put it into a memtable once more, since other entries of its log frame were not flushed. The value of an entry that
// was dropped is gone; what is dropped cannot do harm by being different.
bool Merge::IsReplayOfLast(const MergeInput& input) const {
  return input.type() == last_type_ && (!last_is_kept_ || input.value() == builder_.last_value());
}

void Merge::RememberEntry(const MergeInput& input, bool is_same_key, bool is_covered) {
  if (!is_same_key) {
    last_key_.Clear();
    last_key_.Append(input.key());
  }
  has_last_ = true;
  last_sequence_ = input.sequence();
  last_type_ = input.type();
  last_is_covered_ = is_covered;
}

Merge::Status Merge::EndOfInputs(uint8_t* out, size_t out_size, uint64_t* detail) {
  if (builder_.block_empty()) return Status::kDone;  // a file's last entry always waits in a block
  CloseBlock(nullptr, true);
  return GiveBlock(out, out_size, detail);
}

void Merge::CloseBlock(const Slice* next_key, bool ends_file) {
  builder_.CloseBlock(ends_file ? nullptr : next_key);
  block_is_closed_ = true;
  file_ends_ = ends_file;
}

Merge::Status Merge::GiveBlock(uint8_t* out, size_t out_size, uint64_t* detail) {
  *detail = builder_.block_bytes();
  if (out_size < *detail) return Status::kNeedRoom;
  builder_.WriteBlock(out);
  block_is_closed_ = false;
  awaits_place_ = true;
  return Status::kBlock;
}

bool Merge::PlaceBlock(uint64_t offset, uint32_t stored_length, uint32_t checksum, uint8_t compression) {
  if (!builder_.PlaceBlock(offset, stored_length, checksum, compression)) return false;
  awaits_place_ = false;
  return true;
}

Merge::Status Merge::EndFile() {
  parts_ = std::make_unique<SSTableParts>(builder_.Finish());
  file_ends_ = false;
  return Status::kFileEnd;
}

Merge::Status Merge::Corrupt(uint32_t input, uint64_t* detail) {
  is_corrupt_ = true;
  corrupt_input_ = input;
  *detail = input;
  return Status::kCorrupt;
}

}  // namespace varve
