// Merges against a model: what is kept, where blocks and files end, odd feeding, broken inputs.
#include "core/merge/merge.h"

#include <map>

#include "core/sstable/block_cursor.h"
#include "core/sstable/key_hash.h"
#include "test/sstable_support.h"

using namespace varve;
using namespace varve::test;

namespace {

struct Output {
  Merge::Status status = Merge::Status::kDone;
  uint64_t detail = 0;
  std::vector<TestFile> files;
  size_t largest_block = 0;
};

// Runs the merge over the inputs' blocks, fed a few at a time.
Output Run(Merge& merge, const std::vector<std::vector<std::string>>& inputs, Random& random) {
  Output output;
  std::vector<size_t> fed(inputs.size(), 0);
  std::vector<uint8_t> out(16);
  TestFile file;
  for (;;) {
    const Merge::Status status = merge.Step(out.data(), out.size(), &output.detail);
    switch (status) {
      case Merge::Status::kNeedRoom:
        CHECK(output.detail > out.size());
        out.resize(output.detail);
        break;
      case Merge::Status::kNeedInput: {
        const auto input = static_cast<uint32_t>(output.detail);
        CHECK(merge.CanFeed(input));
        size_t count = 1 + random() % 3;
        for (; count > 0 && fed[input] < inputs[input].size(); count--)
          merge.Feed(input, SliceOf(inputs[input][fed[input]++]));
        if (fed[input] == inputs[input].size()) merge.Finish(input);
        break;
      }
      case Merge::Status::kBlock: {
        CHECK(merge.awaits_place());
        const Slice block(out.data(), output.detail);
        const uint64_t offset = file.bytes.size();
        file.AddBlock(block);
        output.largest_block = std::max(output.largest_block, block.size);
        const auto length = static_cast<uint32_t>(block.size);
        CHECK(!merge.PlaceBlock(offset, length + 1, 0, 0));  // longer than raw, but not compressed
        CHECK(merge.PlaceBlock(offset, length, static_cast<uint32_t>(offset * 7 + 1), 0));
        break;
      }
      case Merge::Status::kFileEnd:
        file.parts = std::move(*merge.parts());
        output.files.push_back(std::move(file));
        file = TestFile();
        break;
      default:
        output.status = status;
        return output;
    }
  }
}

std::vector<Version> Read(const TestFile& file) {
  std::vector<Version> versions;
  for (size_t i = 0; i < file.blocks.size(); i++) {
    BlockCursor cursor;
    CHECK(cursor.Open(file.block(i)));
    for (auto step = cursor.SeekToFirst(); step == BlockCursor::Step::kEntry; step = cursor.Next()) {
      versions.push_back({TextOf(cursor.key()), cursor.sequence(), cursor.type(), TextOf(cursor.value())});
    }
  }
  return versions;
}

// The rule in src/native.ts, put plainly.
std::vector<Version> Expect(std::vector<Version> all, const MergeOptions& options) {
  std::sort(all.begin(), all.end());
  std::vector<Version> kept;
  for (const Version& v : all) {
    if (options.has_lower && v.key < TextOf(Slice(options.lower.data(), options.lower.size()))) continue;
    if (options.has_upper && v.key >= TextOf(Slice(options.upper.data(), options.upper.size()))) continue;
    bool has_newer = false;
    for (const Version& other : all) {
      has_newer |= other.key == v.key && other.sequence > v.sequence && other.sequence <= options.oldest_read_sequence;
    }
    if (has_newer) continue;
    if (options.bottom && v.type == EntryType::kDelete && v.sequence <= options.oldest_read_sequence) continue;
    kept.push_back(v);
  }
  return kept;
}

void CheckProperties(const TestFile& file, const std::vector<Version>& versions) {
  const SSTableProperties& p = file.parts.properties;
  uint64_t tombstones = 0;
  uint64_t raw = 0;
  uint64_t smallest = kMaxSequence;
  uint64_t largest = 0;
  for (const Version& v : versions) {
    tombstones += v.type == EntryType::kDelete ? 1 : 0;
    raw += v.key.size() + v.value.size();
    smallest = std::min(smallest, v.sequence);
    largest = std::max(largest, v.sequence);
  }
  CHECK(p.entry_count == versions.size() && p.tombstone_count == tombstones && p.raw_bytes == raw);
  CHECK(p.smallest_sequence == smallest && p.largest_sequence == largest && p.block_count == file.blocks.size());
  CHECK(TextOf(Slice(p.smallest_key.data(), p.smallest_key.size())) == versions.front().key);
  CHECK(TextOf(Slice(p.largest_key.data(), p.largest_key.size())) == versions.back().key);
}

// Each kept version is found through index and filter.
void CheckLookups(const TestFile& file, const std::vector<Version>& versions) {
  const std::shared_ptr<SSTable> table = OpenFile(file, 1);
  BlockCache cache(0);
  MissingBlock missing;
  RoomyEntry found;
  CHECK(table->Load(file.parts.index.slice(), file.parts.filter.slice()));
  for (const Version& v : versions) {
    SSTable::Result result;
    do {
      result = table->Lookup(SliceOf(v.key), KeyHash(SliceOf(v.key)), v.sequence, cache, &found.entry, &missing);
      if (result == SSTable::Result::kStalled) Serve(file, *table, cache, missing);
    } while (result == SSTable::Result::kStalled);
    CHECK(result == (v.type == EntryType::kPut ? SSTable::Result::kFound : SSTable::Result::kDeleted));
    CHECK(found.entry.sequence() == v.sequence && TextOf(found.entry.value()) == v.value);
  }
}

void TestAgainstModel(Random& random) {
  for (int round = 0; round < 150; round++) {
    const std::vector<Version> all = RandomVersions(random, random() % 300);
    MergeOptions options;
    options.input_count = static_cast<uint32_t>(1 + random() % 6);
    options.oldest_read_sequence = random() % 320;
    options.bottom = random() % 2 == 0;
    options.block_bytes = 100 + random() % 600;
    options.restart_interval = static_cast<uint32_t>(1 + random() % 20);
    options.target_file_bytes = 500 + random() % 5000;
    options.filter_bits_per_key = random() % 2 == 0 ? 10 : 0;
    const std::string lower = RandomKey(random);
    const std::string upper = RandomKey(random);
    if ((options.has_lower = random() % 3 == 0)) options.lower.assign(lower.begin(), lower.end());
    if ((options.has_upper = random() % 3 == 0)) options.upper.assign(upper.begin(), upper.end());
    std::vector<std::vector<Version>> runs(options.input_count);
    for (const Version& v : all) runs[random() % runs.size()].push_back(v);
    std::vector<std::vector<std::string>> inputs;
    for (const auto& run : runs) {
      inputs.emplace_back();
      if (!run.empty()) inputs.back() = BuildFile(run, 100 + random() % 400, 5).copies;
    }
    Merge merge(options, nullptr);
    const Output output = Run(merge, inputs, random);
    CHECK(output.status == Merge::Status::kDone);
    const std::vector<Version> expected = Expect(all, options);
    std::vector<Version> kept;
    for (const TestFile& file : output.files) {
      const std::vector<Version> versions = Read(file);
      CHECK(!versions.empty());
      CHECK(kept.empty() || kept.back().key < versions.front().key);  // files end between two keys
      CheckProperties(file, versions);
      CheckLookups(file, versions);
      if (&file != &output.files.back()) CHECK(file.bytes.size() >= options.target_file_bytes);
      kept.insert(kept.end(), versions.begin(), versions.end());
    }
    CHECK(kept == expected);
    size_t largest_entry = 0;
    for (const Version& v : all) largest_entry = std::max(largest_entry, v.key.size() + v.value.size() + 32);
    CHECK(output.largest_block <= std::max<size_t>(options.block_bytes, largest_entry));
  }
}

// Versions of one key never part over two files, however many there are.
void TestOneKeyManyVersions(Random& random) {
  std::vector<Version> versions;
  for (uint64_t i = 0; i < 200; i++) versions.push_back({"hot", 1000 - i, EntryType::kPut, std::string(100, 'x')});
  versions.push_back({"next", 1, EntryType::kPut, "y"});
  MergeOptions options;
  options.input_count = 1;
  options.block_bytes = 500;
  options.target_file_bytes = 1000;
  Merge merge(options, nullptr);
  const Output output = Run(merge, {BuildFile(versions, 400, 4).copies}, random);
  CHECK(output.status == Merge::Status::kDone && output.files.size() == 1);
  CHECK(Read(output.files[0]) == versions);
  CheckLookups(output.files[0], versions);
}

void TestBrokenInputs(Random& random) {
  const std::vector<Version> versions = RandomVersions(random, 12);
  const std::vector<Version> others = {{"a", 500, EntryType::kPut, "v"}, {"zz", 501, EntryType::kPut, "v"}};
  const std::string good = BuildFile(others, 1000, 4).copies[0];
  MergeOptions options;
  options.input_count = 2;
  size_t refused = 0;
  ForEachCorruption(BuildFile(versions, 100000, 3).copies[0], [&](Slice broken) {
    Merge merge(options, nullptr);
    const Output output = Run(merge, {{good}, {TextOf(broken)}}, random);
    CHECK(output.status == Merge::Status::kDone || (output.status == Merge::Status::kCorrupt && output.detail == 1));
    refused += output.status == Merge::Status::kCorrupt ? 1 : 0;
    uint64_t detail = 0;
    if (output.status == Merge::Status::kCorrupt)
      CHECK(merge.Step(nullptr, 0, &detail) == output.status && detail == 1);
  });
  CHECK(refused > 300);
  // Blocks in the wrong order.
  Merge unsorted(options, nullptr);
  const std::string early = BuildFile({{"a", 1, EntryType::kPut, ""}}, 100, 1).copies[0];
  const std::string late = BuildFile({{"b", 2, EntryType::kPut, ""}}, 100, 1).copies[0];
  CHECK(Run(unsorted, {{late, early}, {}}, random).status == Merge::Status::kCorrupt);
}

// Recovery may put a write into a memtable that a flush wrote before: the same entry comes from two inputs. Two
// different entries with one key and sequence number are another matter, and so is one run that repeats an entry.
void TestReplayedEntries(Random& random) {
  const Version put = {"k", 5, EntryType::kPut, "value"};
  const std::vector<Version> others = {
      {"k", 5, EntryType::kPut, "other"}, {"k", 5, EntryType::kPut, ""}, {"k", 5, EntryType::kDelete, ""}};
  const auto blocks = [](const Version& version) { return BuildFile({version}, 1000, 4).copies; };
  for (const uint64_t oldest : {0, 10}) {
    MergeOptions options;
    options.input_count = 3;
    options.oldest_read_sequence = oldest;
    options.target_file_bytes = 1;
    Merge replayed(options, nullptr);
    const Version older = {"k", 1, EntryType::kPut, "old"};
    const Output output = Run(replayed, {blocks(put), blocks(put), blocks(older)}, random);
    CHECK(output.status == Merge::Status::kDone && output.files.size() == 1);
    const std::vector<Version> expected = oldest == 0 ? std::vector<Version>{put, older} : std::vector<Version>{put};
    CHECK(Read(output.files[0]) == expected);
    CheckProperties(output.files[0], expected);
    for (const Version& other : others) {
      Merge conflicting(options, nullptr);
      CHECK(Run(conflicting, {blocks(put), blocks(other), {}}, random).status == Merge::Status::kCorrupt);
    }
    Merge repeating(options, nullptr);
    const std::string block = blocks(put)[0];
    CHECK(Run(repeating, {{block, block}, {}, {}}, random).status == Merge::Status::kCorrupt);
  }
}

void TestNothing(Random& random) {
  Merge without_inputs(MergeOptions(), nullptr);
  CHECK(Run(without_inputs, {}, random).status == Merge::Status::kDone);
  MergeOptions options;
  options.input_count = 3;
  Merge empty(options, nullptr);
  const Output output = Run(empty, {{}, {}, {}}, random);
  CHECK(output.status == Merge::Status::kDone && output.files.empty());
}

}  // namespace

int main() {
  Random random(4);
  TestAgainstModel(random);
  TestOneKeyManyVersions(random);
  TestBrokenInputs(random);
  TestReplayedEntries(random);
  TestNothing(random);
  return 0;
}
