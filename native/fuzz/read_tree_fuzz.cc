// Fuzz target: lookups and walks over the SSTables of a tree whose index, filter and blocks are any bytes. Input: what
// to read, then for each table its level, its keys, its filter, its index or separators, its blocks.
//
// Every read ends; a stall names something that was not there yet; what comes out lies in the bounds and in order. Over
// tables that are sound (blocks, separators, key ranges) a walk gives what a reader at the sequence number sees, in
// both directions, and a lookup in a single table agrees with it.
#include <map>

#include "core/read/tree_iterator.h"
#include "core/read/tree_reader.h"
#include "core/sstable/bloom_filter_builder.h"
#include "core/sstable/index_builder.h"
#include "core/sstable/key_hash.h"
#include "fuzz/block_model.h"

using namespace varve;
using namespace varve::fuzz;

namespace {

struct FuzzTable {
  std::shared_ptr<SSTable> table;
  size_t level = 0;
  std::vector<uint8_t> index;
  std::vector<uint8_t> filter;
  std::map<uint64_t, OwnedBytes> blocks;  // by offset
  bool is_sound = true;
  std::vector<ModelEntry> entries;
};

void Assign(std::vector<uint8_t>* to, Slice bytes) { to->assign(bytes.data, bytes.data + bytes.size); }

// Whether entries[from, end) may lie in a block with this separator, behind a block with the one before.
bool FitBetween(const std::vector<ModelEntry>& entries, size_t from, const Slice* before, Slice separator) {
  for (size_t i = from; i < entries.size(); i++) {
    const Slice key = SliceOf(entries[i].key);
    if (i > 0 && !IsBefore(entries[i - 1], entries[i])) return false;
    if (separator < key) return false;
    // Only versions of the last key of the block before may have its separator.
    if (before != nullptr &&
        (key < *before || (key == *before && (from == 0 || !(SliceOf(entries[from - 1].key) == key)))))
      return false;
  }
  return true;
}

// An index over blocks that follow each other, from separators that are made to ascend.
void TakeBlocksAndIndex(FuzzInput& input, FuzzTable* table) {
  IndexBuilder index;
  uint64_t offset = 0;
  std::string last_separator;
  for (uint8_t count = 1 + input.Byte() % 4; count > 0; count--) {
    const OwnedBytes separator = input.ShortBytes();
    OwnedBytes block = input.LongBytes();
    const Slice before = SliceOf(last_separator);
    const bool is_first = index.block_count() == 0;
    const std::string chosen = is_first || !(separator.slice() < before) ? TextOf(separator.slice()) : last_separator;
    BlockHandle handle;
    handle.offset = offset;
    handle.stored_length = handle.raw_length =
        static_cast<uint32_t>(std::max<size_t>(block.slice().size, kMinBlockBytes));
    FUZZ_CHECK(index.Add(SliceOf(chosen), handle));
    const size_t from = table->entries.size();
    table->is_sound = DecodeModel(block.slice(), &table->entries) &&
                      FitBetween(table->entries, from, is_first ? nullptr : &before, SliceOf(chosen)) &&
                      table->is_sound;
    table->blocks.emplace(offset, std::move(block));
    offset += handle.stored_length;
    last_separator = chosen;
  }
  const ByteBuffer built = index.Finish();
  Assign(&table->index, built.slice());
}

void TakeFilter(FuzzInput& input, uint8_t kind, FuzzTable* table) {
  if (kind == 1) {
    const OwnedBytes filter = input.LongBytes();
    Assign(&table->filter, filter.slice());
    table->is_sound = table->is_sound && filter.slice().empty();
  } else if (kind == 2) {
    BloomFilterBuilder builder(10);
    for (const ModelEntry& entry : table->entries) builder.Add(KeyHash(SliceOf(entry.key)));
    const ByteBuffer built = builder.Finish();
    Assign(&table->filter, built.slice());
  }
}

FuzzTable TakeTable(FuzzInput& input, uint64_t file_number) {
  FuzzTable table;
  const uint8_t flags = input.Byte();
  table.level = flags % 3;
  const OwnedBytes smallest = input.ShortBytes();
  const OwnedBytes largest = input.ShortBytes();
  if ((flags & 4) != 0) {
    const OwnedBytes index = input.LongBytes();
    Assign(&table.index, index.slice());
    table.blocks.emplace(0, input.LongBytes());
    table.is_sound = false;
  } else {
    TakeBlocksAndIndex(input, &table);
  }
  TakeFilter(input, (flags >> 3) % 3, &table);
  if (largest.slice() < smallest.slice()) table.is_sound = false;
  table.table = std::make_shared<SSTable>(file_number, smallest.slice(), largest.slice());
  return table;
}

// A state and what serves its reads.
class Tree {
 public:
  explicit Tree(FuzzInput& input) {
    auto state = std::make_shared<ReadState>();
    state->levels.resize(3);
    for (uint8_t count = 1 + input.Byte() % 3; count > 0; count--) {
      FuzzTable table = TakeTable(input, tables_.size() + 1);
      if (!Fits(state->levels[table.level], table)) continue;
      state->levels[table.level].push_back(table.table);
      is_sound_ = is_sound_ && table.is_sound;
      tables_.push_back(std::move(table));
    }
    state_ = std::move(state);
  }

  // Does what TypeScript does for a reader that lacks something; false when it cannot, as when an index is broken.
  bool Serve(const MissingBlock& missing) {
    FUZZ_CHECK(missing.file_number >= 1 && missing.file_number <= tables_.size());
    FuzzTable& table = tables_[missing.file_number - 1];
    if (missing.kind == MissingBlock::Kind::kFile) {
      FUZZ_CHECK(!table.table->loaded());
      return table.table->Load(Slice(table.index.data(), table.index.size()),
                               Slice(table.filter.data(), table.filter.size()));
    }
    FUZZ_CHECK(missing.kind == MissingBlock::Kind::kBlock && table.table->loaded());
    FUZZ_CHECK(!cache_->Has(missing.file_number, missing.offset));
    const auto found = table.blocks.find(missing.offset);
    // A length that the index claims is never one that is allocated here.
    cache_->Insert(missing.file_number, missing.offset, found == table.blocks.end() ? Slice() : found->second.slice());
    return true;
  }

  // What a reader at `sequence` sees between the bounds; false when the tables do not say.
  bool Expect(uint64_t sequence, const KeyBounds& bounds, std::vector<ModelEntry>* visible) const {
    if (!is_sound_) return false;
    std::vector<ModelEntry> all;
    for (const FuzzTable& table : tables_) {
      for (const ModelEntry& entry : table.entries)
        if (table.table->Covers(SliceOf(entry.key))) all.push_back(entry);
    }
    std::stable_sort(all.begin(), all.end(), IsBefore);
    for (size_t i = 1; i < all.size(); i++)
      if (!IsBefore(all[i - 1], all[i])) return false;  // one number for two entries
    const std::string* decided = nullptr;
    for (const ModelEntry& entry : all) {
      if (entry.sequence > sequence || (decided != nullptr && *decided == entry.key)) continue;
      decided = &entry.key;
      const Slice key = SliceOf(entry.key);
      if (entry.type == EntryType::kPut && !bounds.BelowLower(key) && !bounds.AboveUpper(key))
        visible->push_back(entry);
    }
    return true;
  }

  const std::shared_ptr<const ReadState>& state() const { return state_; }
  const std::shared_ptr<BlockCache>& cache() const { return cache_; }
  size_t table_count() const { return tables_.size(); }

 private:
  // Levels below 0 are sorted and disjoint: that is the manifest's to promise.
  static bool Fits(const SSTables& level, const FuzzTable& table) {
    if (table.table->largest_key() < table.table->smallest_key()) return table.level == 0;
    return table.level == 0 || level.empty() || level.back()->largest_key() < table.table->smallest_key();
  }

  std::vector<FuzzTable> tables_;
  std::shared_ptr<const ReadState> state_;
  std::shared_ptr<BlockCache> cache_ = std::make_shared<BlockCache>(0);
  bool is_sound_ = true;
};

// More than all indexes and blocks that a read can lack.
constexpr size_t kMaxStalls = 100'000;
// More than an input holds.
constexpr size_t kMaxValueBytes = 1 << 20;

TreeReader::Result Get(Tree& tree, Slice key, uint64_t sequence, FoundEntry* found) {
  TreeReader reader(tree.cache());
  reader.SetState(tree.state());
  MissingBlock missing;
  for (size_t stalls = 0;; stalls++) {
    FUZZ_CHECK(stalls < kMaxStalls);
    const TreeReader::Result result = reader.Get(key, sequence, found, &missing);
    if (result == TreeReader::Result::kFound) TextOf(found->value());
    if (result != TreeReader::Result::kStalled) return result;
    if (!tree.Serve(missing)) return TreeReader::Result::kCorrupt;
  }
}

uint32_t Fixed32(const uint8_t* from) { return DecodeFixed32(from); }

// All entries of a walk; false when it ended as corrupt.
bool Walk(Tree& tree, uint64_t sequence, const KeyBounds& bounds, bool reverse, size_t room,
          std::vector<ModelEntry>* entries) {
  TreeIterator iterator(tree.state(), tree.cache(), sequence, bounds, reverse);
  std::vector<uint8_t> out(room);
  for (size_t stalls = 0;;) {
    const TreeIterator::Filled filled = iterator.Fill(out.data(), out.size(), 3);
    FUZZ_CHECK(filled.bytes <= out.size() && filled.entries <= 3);
    const uint8_t* from = out.data();
    for (uint32_t n = 0; n < filled.entries; n++) {
      const Slice key(from + 8, Fixed32(from));
      const Slice value(key.data + key.size, Fixed32(from + 4));
      FUZZ_CHECK(!bounds.BelowLower(key) && !bounds.AboveUpper(key));
      if (!entries->empty()) {
        const int order = SliceOf(entries->back().key).compare(key);
        FUZZ_CHECK(reverse ? order > 0 : order < 0);
      }
      entries->push_back({TextOf(key), 0, EntryType::kPut, TextOf(value)});
      from = value.data + value.size;
    }
    FUZZ_CHECK(from == out.data() + filled.bytes);
    if (filled.stop == TreeIterator::Stop::kEnd) return true;
    if (filled.stop == TreeIterator::Stop::kCorrupt) return false;
    if (filled.stop == TreeIterator::Stop::kNeedRoom) {
      FUZZ_CHECK(filled.entries == 0 && filled.room > out.size());
      out.resize(filled.room);
    }
    if (filled.stop != TreeIterator::Stop::kStalled) continue;
    FUZZ_CHECK(++stalls < kMaxStalls);
    if (!tree.Serve(iterator.missing())) return false;
  }
}

KeyBound TakeBound(FuzzInput& input, uint8_t flags) {
  KeyBound bound;
  bound.present = (flags & 1) != 0;
  bound.inclusive = (flags & 2) != 0;
  if (!bound.present) return bound;
  const OwnedBytes key = input.ShortBytes();
  Assign(&bound.key, key.slice());
  return bound;
}

bool SameContents(const std::vector<ModelEntry>& walked, const std::vector<ModelEntry>& visible) {
  if (walked.size() != visible.size()) return false;
  for (size_t i = 0; i < walked.size(); i++)
    if (walked[i].key != visible[i].key || walked[i].value != visible[i].value) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  const uint32_t short_sequence = input.Short();
  const uint64_t sequence = short_sequence == 0 ? kMaxSequence : short_sequence;
  const OwnedBytes key = input.ShortBytes();
  KeyBounds bounds;
  bounds.lower = TakeBound(input, flags);
  bounds.upper = TakeBound(input, flags >> 2);
  const size_t room = 1 + (flags >> 4) * 16;
  Tree tree(input);

  std::vector<ModelEntry> visible;
  std::vector<ModelEntry> forward;
  std::vector<ModelEntry> backward;
  const bool is_sound = tree.Expect(sequence, bounds, &visible);
  const bool ended = Walk(tree, sequence, bounds, false, room, &forward);
  const bool ended_backward = Walk(tree, sequence, bounds, true, room, &backward);
  std::vector<uint8_t> value_room(kMaxValueBytes);
  FoundEntry found(value_room.data(), value_room.size());
  const TreeReader::Result result = Get(tree, key.slice(), sequence, &found);
  if (!is_sound) return 0;

  std::reverse(backward.begin(), backward.end());
  FUZZ_CHECK(ended && ended_backward && SameContents(forward, visible) && SameContents(backward, visible));
  if (tree.table_count() > 1) return 0;
  std::vector<ModelEntry> all;
  tree.Expect(sequence, KeyBounds(), &all);
  const ModelEntry* wanted = nullptr;
  for (const ModelEntry& entry : all) {
    if (SliceOf(entry.key) == key.slice()) wanted = &entry;
    FoundEntry each(value_room.data(), value_room.size());
    FUZZ_CHECK(Get(tree, SliceOf(entry.key), sequence, &each) == TreeReader::Result::kFound);
    FUZZ_CHECK(TextOf(each.value()) == entry.value && each.sequence() == entry.sequence);
  }
  FUZZ_CHECK(result == (wanted == nullptr ? TreeReader::Result::kMissing : TreeReader::Result::kFound));
  return 0;
}
