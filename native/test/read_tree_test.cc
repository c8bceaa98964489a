// Lookups and iterators over a whole tree against the model: every snapshot, bounds, both directions, files and blocks
// that are missing at first, little room, and writes to the active memtable in between.
#include <vector>

#include "core/read/tree_iterator.h"
#include "core/read/tree_reader.h"
#include "test/check.h"
#include "test/read_support.h"

using namespace varve;
using varve::test::TestTree;
using Stop = TreeIterator::Stop;

namespace {

struct KeyValue {
  std::string key;
  std::string value;

  bool operator==(const KeyValue& other) const { return key == other.key && value == other.value; }
};

bool Get(TestTree& tree, const TreeReader& reader, const std::string& key, uint64_t sequence, std::string* value) {
  if (tree.random() % 2 == 0) tree.DropBlocks();
  for (;;) {
    varve::test::RoomyEntry found;
    MissingBlock missing;
    switch (reader.Get(SliceOf(key), sequence, &found.entry, &missing)) {
      case TreeReader::Result::kFound:
        *value = StringOf(found.entry.value());
        return true;
      case TreeReader::Result::kMissing:
        return false;
      case TreeReader::Result::kStalled:
        tree.ServeMissing(missing);
        break;
      case TreeReader::Result::kCorrupt:
        CHECK(false);
    }
  }
}

void TestGets(TestTree& tree, const std::shared_ptr<const ReadState>& state) {
  TreeReader reader(tree.cache);
  std::string value;
  CHECK(!Get(tree, reader, "", kMaxSequence, &value));
  reader.SetState(state);
  const auto check = [&](const std::string& key, uint64_t sequence) {
    const std::string* expected = tree.Visible(key, sequence);
    CHECK(Get(tree, reader, key, sequence, &value) == (expected != nullptr));
    CHECK(expected == nullptr || value == *expected);
  };
  for (const auto& entry : tree.model) check(entry.first.key, kMaxSequence);
  for (int i = 0; i < 2000; i++) check(varve::RandomKey(tree.random), tree.random() % (tree.sequence + 2));
}

std::vector<KeyValue> Expected(const TestTree& tree, uint64_t sequence, const KeyBounds& bounds, bool reverse) {
  std::vector<KeyValue> expected;
  std::string last;
  bool first = true;
  for (const auto& entry : tree.model) {
    const std::string& key = entry.first.key;
    if (!first && key == last) continue;
    first = false;
    last = key;
    const std::string* value = tree.Visible(key, sequence);
    if (value == nullptr || bounds.BelowLower(SliceOf(key)) || bounds.AboveUpper(SliceOf(key))) continue;
    expected.push_back({key, *value});
  }
  if (reverse) std::reverse(expected.begin(), expected.end());
  return expected;
}

void Decode(const std::vector<uint8_t>& out, const TreeIterator::Filled& filled, std::vector<KeyValue>* entries) {
  size_t at = 0;
  const auto fixed = [&](size_t offset) {
    uint32_t value = 0;
    for (int i = 3; i >= 0; i--) value = value << 8 | out[offset + static_cast<size_t>(i)];
    return value;
  };
  for (uint32_t i = 0; i < filled.entries; i++) {
    const uint32_t key_size = fixed(at);
    const uint32_t value_size = fixed(at + 4);
    const auto key = out.begin() + static_cast<long>(at) + 8;
    entries->push_back({std::string(key, key + key_size), std::string(key + key_size, key + key_size + value_size)});
    at += 8 + key_size + value_size;
  }
  CHECK(at == filled.bytes);
}

// Walks with little room and few entries a call, and writes newer versions in between.
std::vector<KeyValue> Walk(TestTree& tree, TreeIterator& iterator, bool write) {
  std::vector<KeyValue> entries;
  std::vector<uint8_t> out(tree.random() % 200);
  for (;;) {
    if (tree.random() % 4 == 0) tree.DropBlocks();
    const TreeIterator::Filled filled = iterator.Fill(out.data(), out.size(), static_cast<uint32_t>(tree.random() % 5));
    Decode(out, filled, &entries);
    if (write && tree.random() % 3 == 0) TestTree::Write(*tree.active, tree.TakeVersions(1)[0]);
    switch (filled.stop) {
      case Stop::kEnd: {
        const TreeIterator::Filled again = iterator.Fill(out.data(), out.size(), 1);
        CHECK(again.stop == Stop::kEnd && again.entries == 0);
        return entries;
      }
      case Stop::kFull:
        break;
      case Stop::kNeedRoom:
        CHECK(filled.entries == 0 && filled.room > out.size());
        out.resize(filled.room);
        break;
      case Stop::kStalled:
        tree.ServeMissing(iterator.missing());
        break;
      case Stop::kCorrupt:
        CHECK(false);
    }
  }
}

KeyBound RandomBound(TestTree& tree) {
  KeyBound bound;
  bound.present = tree.random() % 4 != 0;
  bound.inclusive = tree.random() % 2 == 0;
  const std::string key = varve::RandomKey(tree.random);
  bound.key.assign(key.begin(), key.end());
  return bound;
}

void TestWalks(TestTree& tree, const std::shared_ptr<const ReadState>& state) {
  for (int i = 0; i < 120; i++) {
    const bool reverse = i % 2 == 1;
    KeyBounds bounds;
    if (i >= 4) bounds = {RandomBound(tree), RandomBound(tree)};
    // The later half is at old snapshots; the earlier sees everything that was written before.
    const uint64_t sequence = i < 60 ? tree.sequence : tree.random() % (tree.sequence + 1);
    const auto expected = Expected(tree, sequence, bounds, reverse);
    TreeIterator iterator(state, tree.cache, sequence, bounds, reverse);
    CHECK(Walk(tree, iterator, i % 3 == 0) == expected);
  }
}

// Each part of a state alone and left out.
void TestPartialStates(TestTree& tree) {
  const auto state = std::make_shared<ReadState>();
  TreeIterator nothing(state, tree.cache, kMaxSequence, KeyBounds(), false);
  CHECK(Walk(tree, nothing, false).empty());
  const auto level = std::make_shared<ReadState>();
  level->levels.resize(2);
  level->levels[1] = tree.NewLevel(300, 20);
  for (const bool reverse : {false, true}) {
    TreeIterator iterator(level, tree.cache, tree.sequence, KeyBounds(), reverse);
    CHECK(Walk(tree, iterator, false) == Expected(tree, tree.sequence, KeyBounds(), reverse));
  }
  TestGets(tree, level);
}

// A block that passes its checksum but not its grammar stops a lookup and, for good, a walk.
void TestCorruptBlock() {
  TestTree tree(9);
  const auto state = std::make_shared<ReadState>();
  state->levels.resize(1);
  state->levels[0] = tree.NewLevel(50, 100);
  TreeIterator iterator(state, tree.cache, tree.sequence, KeyBounds(), false);
  std::vector<uint8_t> out(1000);
  CHECK(iterator.Fill(out.data(), out.size(), 10).stop == Stop::kStalled);
  tree.ServeMissing(iterator.missing());
  CHECK(iterator.Fill(out.data(), out.size(), 10).stop == Stop::kStalled);
  const MissingBlock missing = iterator.missing();
  const std::vector<uint8_t> broken(missing.raw_length, 0xee);
  tree.cache->Insert(missing.file_number, missing.offset, Slice(broken.data(), broken.size()));
  for (int i = 0; i < 2; i++) {
    CHECK(iterator.Fill(out.data(), out.size(), 10).stop == Stop::kCorrupt);
    CHECK(iterator.missing().kind == MissingBlock::Kind::kCorrupt);
    CHECK(iterator.missing().file_number == missing.file_number && iterator.missing().offset == missing.offset);
  }
}

// A state, its memtables and its tables live as long as an iterator over them.
void TestLifetime() {
  TestTree tree(10);
  auto state = tree.NewState(20);
  const auto expected = Expected(tree, tree.sequence, KeyBounds(), false);
  const uint64_t id = tree.active->id();
  auto iterator = std::make_unique<TreeIterator>(state, tree.cache, tree.sequence, KeyBounds(), false);
  state.reset();
  tree.active.reset();
  CHECK(Walk(tree, *iterator, false) == expected);
  CHECK(MemtableRegistry::Find(id) != nullptr);
  iterator.reset();
  CHECK(MemtableRegistry::Find(id) == nullptr);
}

}  // namespace

int main() {
  for (uint64_t seed = 1; seed <= 3; seed++) {
    TestTree tree(seed);
    const auto state = tree.NewState(30);
    TestGets(tree, state);
    TestWalks(tree, state);
    TestGets(tree, state);
    CHECK(tree.served > 5000);
    TestTree other(seed);
    TestPartialStates(other);
  }
  TestCorruptBlock();
  TestLifetime();
  return 0;
}
