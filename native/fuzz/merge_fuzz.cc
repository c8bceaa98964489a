// Fuzz target: a merge of up to four inputs, each a run of blocks of any bytes. Input: options, then for each input its
// blocks.
//
// What comes out is always sound blocks in order with an index and a filter that fit; of sound inputs it is what the
// rule in src/native.ts keeps; two different entries under one number end it as corrupt.
#include "core/merge/merge.h"
#include "core/sstable/bloom_filter.h"
#include "core/sstable/index_reader.h"
#include "core/sstable/key_hash.h"
#include "fuzz/block_model.h"

using namespace varve;
using namespace varve::fuzz;

namespace {

using Run = std::vector<OwnedBytes>;

struct Plan {
  MergeOptions options;
  std::vector<Run> runs;
  size_t feed_at_once = 1;
};

Plan TakePlan(FuzzInput& input) {
  Plan plan;
  const uint8_t flags = input.Byte();
  MergeOptions& options = plan.options;
  options.input_count = 1 + flags % 4;
  options.bottom = (flags & 4) != 0;
  options.has_lower = (flags & 8) != 0;
  options.has_upper = (flags & 16) != 0;
  plan.feed_at_once = 1 + (flags >> 5);
  options.oldest_read_sequence = input.Short();
  options.block_bytes = 1 + input.Short();
  options.target_file_bytes = 1 + input.Short();
  options.restart_interval = 1 + input.Byte() % 20;
  options.filter_bits_per_key = input.Byte() % 16;
  if (options.has_lower) {
    const OwnedBytes lower = input.ShortBytes();
    options.lower.assign(lower.slice().data, lower.slice().data + lower.slice().size);
  }
  if (options.has_upper) {
    const OwnedBytes upper = input.ShortBytes();
    options.upper.assign(upper.slice().data, upper.slice().data + upper.slice().size);
  }
  for (uint32_t i = 0; i < options.input_count; i++) {
    Run run;
    for (uint8_t blocks = input.Byte() % 4; blocks > 0; blocks--) run.push_back(input.LongBytes());
    plan.runs.push_back(std::move(run));
  }
  return plan;
}

// The entries of a run as a merge reads it (restarts do not matter to it); false when it is broken.
bool DecodeRun(const Run& run, std::vector<ModelEntry>* entries) {
  for (const OwnedBytes& block : run) {
    BlockReader reader;
    BlockScanner scanner;
    if (!reader.Open(block.slice()) || !scanner.StartAt(reader, 0)) return false;
    BlockScanner::Step step;
    while ((step = scanner.Next()) == BlockScanner::Step::kEntry) {
      ModelEntry entry = EntryOf(scanner);
      if (!entries->empty() && !IsBefore(entries->back(), entry)) return false;
      entries->push_back(std::move(entry));
    }
    if (step != BlockScanner::Step::kEnd) return false;
  }
  return true;
}

// What the merge must give out. False when an input is broken or two entries contradict each other: then it is not this
// model's to say.
bool Expect(const Plan& plan, std::vector<ModelEntry>* kept) {
  std::vector<ModelEntry> all;
  for (const Run& run : plan.runs) {
    std::vector<ModelEntry> entries;
    if (!DecodeRun(run, &entries)) return false;
    all.insert(all.end(), entries.begin(), entries.end());
  }
  std::stable_sort(all.begin(), all.end(), IsBefore);
  const MergeOptions& options = plan.options;
  const Slice lower(options.lower.data(), options.lower.size());
  const Slice upper(options.upper.data(), options.upper.size());
  const ModelEntry* last = nullptr;
  for (const ModelEntry& entry : all) {
    const bool is_same_key = last != nullptr && last->key == entry.key;
    const ModelEntry* const newer = is_same_key ? last : nullptr;
    last = &entry;
    if (newer != nullptr && newer->sequence == entry.sequence) {
      if (!(*newer == entry)) return false;
      continue;
    }
    if (options.has_lower && SliceOf(entry.key) < lower) continue;
    if (options.has_upper && !(SliceOf(entry.key) < upper)) continue;
    // The versions of a key stand together, so the one before is the oldest of the newer ones.
    if (newer != nullptr && newer->sequence <= options.oldest_read_sequence) continue;
    const bool covers = entry.sequence <= options.oldest_read_sequence;
    if (!(options.bottom && covers && entry.type == EntryType::kDelete)) kept->push_back(entry);
  }
  return true;
}

// The files of a merge, taken as they come and checked.
class Output {
 public:
  void TakeBlock(Slice block, Merge& merge) {
    std::vector<ModelEntry> entries;
    FUZZ_CHECK(DecodeModel(block, &entries) && !entries.empty());
    for (ModelEntry& entry : entries) {
      FUZZ_CHECK(all_.empty() || IsBefore(all_.back(), entry));
      all_.push_back(std::move(entry));
    }
    const auto length = static_cast<uint32_t>(block.size);
    FUZZ_CHECK(!merge.PlaceBlock(offset_, length + 1, 0, 0));  // longer than raw, but not compressed
    FUZZ_CHECK(merge.awaits_place() && merge.PlaceBlock(offset_, length, 0, 0) && !merge.awaits_place());
    offset_ += length;
    ends_.push_back(all_.size());
  }

  void TakeFile(const SSTableParts& parts) {
    IndexReader index;
    BloomFilter filter;
    FUZZ_CHECK(index.Decode(parts.index.slice()) && filter.Decode(parts.filter.slice()));
    FUZZ_CHECK(index.block_count() == ends_.size() && parts.properties.block_count == ends_.size());
    FUZZ_CHECK(parts.properties.entry_count == all_.size() - file_begin_);
    FUZZ_CHECK(file_begin_ == 0 || all_[file_begin_ - 1].key != all_[file_begin_].key);
    size_t block = 0;
    for (size_t i = file_begin_; i < all_.size(); i++) {
      const Slice key = SliceOf(all_[i].key);
      if (i == ends_[block]) block++;
      FUZZ_CHECK(index.Find(key) <= block && index.CompareSeparator(block, key) >= 0);
      FUZZ_CHECK(filter.MayContain(KeyHash(key)));
    }
    file_begin_ = all_.size();
    ends_.clear();
    offset_ = 0;
  }

  const std::vector<ModelEntry>& all() const { return all_; }
  bool file_is_ended() const { return ends_.empty(); }

 private:
  std::vector<ModelEntry> all_;
  size_t file_begin_ = 0;
  std::vector<size_t> ends_;  // of each block of the file under way, in all_
  uint64_t offset_ = 0;
};

void FeedSome(Merge& merge, const Plan& plan, uint32_t input, std::vector<size_t>& fed) {
  FUZZ_CHECK(merge.CanFeed(input));
  const Run& run = plan.runs[input];
  for (size_t n = 0; n < plan.feed_at_once && fed[input] < run.size(); n++)
    merge.Feed(input, run[fed[input]++].slice());
  if (fed[input] == run.size()) merge.Finish(input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const Plan plan = TakePlan(input);
  Merge merge(plan.options, nullptr);
  Output output;
  std::vector<size_t> fed(plan.runs.size(), 0);
  std::vector<uint8_t> out(1);
  uint64_t detail = 0;
  Merge::Status status;
  // Every step takes input, gives a block or ends.
  for (size_t steps = 0;; steps++) {
    FUZZ_CHECK(steps <= 4 * size + 64);
    status = merge.Step(out.data(), out.size(), &detail);
    if (status == Merge::Status::kNeedRoom) {
      FUZZ_CHECK(detail > out.size() && detail <= 4 * size + 64);
      out.resize(detail);
    } else if (status == Merge::Status::kNeedInput) {
      FeedSome(merge, plan, static_cast<uint32_t>(detail), fed);
    } else if (status == Merge::Status::kBlock) {
      output.TakeBlock(Slice(out.data(), detail), merge);
    } else if (status == Merge::Status::kFileEnd) {
      output.TakeFile(*merge.parts());
    } else {
      break;
    }
  }
  std::vector<ModelEntry> expected;
  const bool is_sound = Expect(plan, &expected);
  if (status == Merge::Status::kCorrupt) {
    FUZZ_CHECK(!is_sound && detail < plan.runs.size());
    FUZZ_CHECK(merge.Step(out.data(), out.size(), &detail) == Merge::Status::kCorrupt);
    return 0;
  }
  FUZZ_CHECK(status == Merge::Status::kDone && output.file_is_ended());
  if (is_sound) FUZZ_CHECK(output.all() == expected);
  return 0;
}
