// SSTables: lookups and cursors against a sorted vector, with a cache of capacity 0, stalls, key limits and broken
// blocks.
#include "core/sstable/key_hash.h"
#include "core/sstable/sstable.h"
#include "test/sstable_support.h"

using namespace varve;
using namespace varve::test;
using State = EntryCursor::State;

namespace {

struct Fixture {
  std::vector<Version> versions;
  TestFile file;
  std::shared_ptr<SSTable> table;
  std::shared_ptr<BlockCache> cache = std::make_shared<BlockCache>(0);
  MissingBlock missing;

  Fixture(std::vector<Version> all, size_t block_bytes, uint64_t file_number)
      : versions(std::move(all)), file(BuildFile(versions, block_bytes, 4)), table(OpenFile(file, file_number)) {}

  template <typename Call>
  State Drive(Call call) {
    State state = call();
    for (int stalls = 0; state == State::kStalled; stalls++) {
      CHECK(stalls < 300);
      Serve(file, *table, *cache, missing);
      state = call();
    }
    return state;
  }
};

void CheckLookup(Fixture& f, const std::string& key, uint64_t sequence) {
  const auto at = std::lower_bound(f.versions.begin(), f.versions.end(), Version{key, sequence, EntryType::kPut, ""});
  RoomyEntry found;
  SSTable::Result result;
  for (int stalls = 0;; stalls++) {
    CHECK(stalls < 300);
    result = f.table->Lookup(SliceOf(key), KeyHash(SliceOf(key)), sequence, *f.cache, &found.entry, &f.missing);
    if (result != SSTable::Result::kStalled) break;
    Serve(f.file, *f.table, *f.cache, f.missing);
  }
  if (at == f.versions.end() || at->key != key) {
    CHECK(result == SSTable::Result::kAbsent);
    return;
  }
  CHECK(result == (at->type == EntryType::kPut ? SSTable::Result::kFound : SSTable::Result::kDeleted));
  CHECK(found.entry.sequence() == at->sequence && TextOf(found.entry.value()) == at->value);
}

bool StandsOn(const EntryCursor& cursor, const Version& version) {
  return Version{TextOf(cursor.key()), cursor.sequence(), cursor.type(), TextOf(cursor.value())} == version;
}

// Walks of random length from random places, in both directions.
void CheckWalks(Fixture& f, EntryCursor& cursor, const std::vector<Version>& shown, Random& random) {
  for (int round = 0; round < 12; round++) {
    const std::string key = RandomKey(random);
    const uint64_t sequence = random() % (f.versions.size() + 2);
    ptrdiff_t at = 0;
    State state = State::kEnd;
    bool forward = true;
    switch (random() % 4) {
      case 0:
        state = f.Drive([&] { return cursor.SeekToFirst(); });
        break;
      case 1:
        state = f.Drive([&] { return cursor.Seek(SliceOf(key), sequence); });
        at = std::lower_bound(shown.begin(), shown.end(), Version{key, sequence, EntryType::kPut, ""}) - shown.begin();
        break;
      case 2:
        state = f.Drive([&] { return cursor.SeekToLast(); });
        at = static_cast<ptrdiff_t>(shown.size()) - 1;
        forward = false;
        break;
      default:
        state = f.Drive([&] { return cursor.SeekForPrevious(SliceOf(key)); });
        at = std::upper_bound(shown.begin(), shown.end(), Version{key, 0, EntryType::kPut, ""}) - shown.begin() - 1;
        forward = false;
    }
    const int length = random() % 4 == 0 ? 1000 : 30;
    for (int steps = 0; steps < length; steps++) {
      const bool inside = at >= 0 && at < static_cast<ptrdiff_t>(shown.size());
      CHECK(state == (inside ? State::kEntry : State::kEnd) && cursor.state() == state);
      if (!inside) break;
      CHECK(StandsOn(cursor, shown[static_cast<size_t>(at)]));
      if (random() % 16 == 0) forward = !forward;
      state = f.Drive([&] { return forward ? cursor.Next() : cursor.Previous(); });
      at += forward ? 1 : -1;
    }
  }
}

void TestAgainstModel(Random& random) {
  for (int round = 0; round < 40; round++) {
    Fixture f(RandomVersions(random, 1 + random() % 400), 64 + random() % 500, 7);
    for (int i = 0; i < 60; i++) CheckLookup(f, RandomKey(random), random() % 420);
    for (const Version& v : f.versions) CheckLookup(f, v.key, v.sequence);
    const auto cursor = SSTable::NewCursor(f.table, f.cache, &f.missing);
    CheckWalks(f, *cursor, f.versions, random);
  }
}

// The key range of the table may be narrower than the file's.
void TestLimits(Random& random) {
  for (int round = 0; round < 40; round++) {
    Fixture f(RandomVersions(random, 1 + random() % 300), 64 + random() % 300, 7);
    std::string low = RandomKey(random);
    std::string high = RandomKey(random);
    if (high < low) std::swap(low, high);
    f.table = std::make_shared<SSTable>(7, SliceOf(low), SliceOf(high));
    std::vector<Version> shown;
    for (const Version& v : f.versions) {
      if (low <= v.key && v.key <= high) shown.push_back(v);
    }
    const auto cursor = SSTable::NewCursor(f.table, f.cache, &f.missing);
    CheckWalks(f, *cursor, shown, random);
    RoomyEntry found;
    const std::string above = high + "b";
    CHECK(f.table->Lookup(SliceOf(above), KeyHash(SliceOf(above)), kMaxSequence, *f.cache, &found.entry, &f.missing) ==
          SSTable::Result::kAbsent);
  }
}

// Versions of one key that fill many blocks: each is found, each stall gets further.
void TestManyVersions() {
  std::vector<Version> versions = {{"a", 1, EntryType::kPut, "first"}};
  for (uint64_t i = 0; i < 500; i++) versions.push_back({"hot", 1000 - i, EntryType::kPut, std::string(300, 'x')});
  versions.push_back({"z", 2, EntryType::kPut, "last"});
  Fixture f(versions, 1000, 3);
  f.cache->Resize(0);
  for (const Version& v : versions) CheckLookup(f, v.key, v.sequence);
  CheckLookup(f, "hot", 1);
  const auto cursor = SSTable::NewCursor(f.table, f.cache, &f.missing);
  for (const uint64_t sequence : {1000, 700, 501, 500}) {
    // Nothing but the block inserted last is cached: the worst case for a seek that crosses blocks.
    const State state = f.Drive([&] {
      const State result = cursor->Seek(SliceOf("hot"), sequence);
      f.cache->Erase(3);
      return result;
    });
    CHECK(state == State::kEntry);
    CHECK(sequence == 500 ? TextOf(cursor->key()) == "z" : cursor->sequence() == sequence);
  }
  CHECK(f.Drive([&] { return cursor->SeekForPrevious(SliceOf("hot")); }) == State::kEntry && cursor->sequence() == 501);
}

// A merging iterator stands on a block of each of many files at once, in a cache that keeps nothing: all get further.
void TestManyCursorsWithoutCache(Random& random) {
  auto cache = std::make_shared<BlockCache>(0);
  MissingBlock missing;
  std::vector<std::unique_ptr<Fixture>> files;
  std::vector<std::unique_ptr<EntryCursor>> cursors;
  for (uint64_t i = 0; i < 24; i++) {
    files.push_back(std::make_unique<Fixture>(RandomVersions(random, 200), 300, i));
    cursors.push_back(SSTable::NewCursor(files.back()->table, cache, &missing));
  }
  int calls = 0;
  for (bool all = false; !all; calls++) {
    CHECK(calls < 100);
    all = true;
    for (auto& cursor : cursors) {
      // As an iterator that knows nothing of the others' progress: every call is repeated from the first cursor on.
      if (cursor->SeekToFirst() != State::kStalled) continue;
      Fixture& f = *files[missing.file_number];
      for (uint64_t i = 0; i < 24; i++) cache->Erase(i);
      Serve(f.file, *f.table, *cache, missing);
      all = false;
      break;
    }
  }
  for (size_t i = 0; i < cursors.size(); i++) CHECK(StandsOn(*cursors[i], files[i]->versions[0]));
}

void TestCorruptBlock(Random& random) {
  Fixture f(RandomVersions(random, 100), 200, 9);
  CHECK(f.table->Load(f.file.parts.index.slice(), f.file.parts.filter.slice()));
  const auto cursor = SSTable::NewCursor(f.table, f.cache, &f.missing);
  std::string broken = f.file.bytes_of(0);
  broken.back() = 9;  // an unknown format
  f.cache->Insert(9, 0, SliceOf(broken));
  CHECK(cursor->SeekToFirst() == State::kCorrupt && f.missing.kind == MissingBlock::Kind::kCorrupt);
  CHECK(f.missing.file_number == 9 && f.missing.offset == 0);
  CHECK(cursor->Next() == State::kCorrupt);
  RoomyEntry found;
  const std::string& key = f.versions[0].key;
  CHECK(f.table->Lookup(SliceOf(key), KeyHash(SliceOf(key)), kMaxSequence, *f.cache, &found.entry, &f.missing) ==
        SSTable::Result::kCorrupt);
  // Another copy of the block heals it.
  f.cache->Insert(9, 0, f.file.block(0));
  CHECK(cursor->SeekToFirst() == State::kEntry && StandsOn(*cursor, f.versions[0]));
}

// A good block in the place of another of its size, with a checksum that does not tell: the walk ends as corrupt
// instead of going out of order and out of the bounds of its reader.
void TestBlocksOutOfOrder() {
  std::vector<Version> versions;
  for (int i = 0; i < 90; i++) {
    versions.push_back({"key" + std::to_string(100 + i), 7, EntryType::kPut, "value"});
  }
  Fixture f(versions, 120, 9);
  CHECK(f.table->Load(f.file.parts.index.slice(), f.file.parts.filter.slice()));
  const size_t count = f.file.blocks.size();
  CHECK(count > 6 && f.file.bytes_of(2).size() == f.file.bytes_of(4).size());
  for (size_t i = 0; i < count; i++) f.cache->Insert(9, f.file.blocks[i].first, f.file.block(i));
  for (const size_t other : {size_t{2}, size_t{3}, size_t{5}}) {
    f.cache->Insert(9, f.file.blocks[4].first, f.file.block(other));
    for (const bool reverse : {false, true}) {
      const auto cursor = SSTable::NewCursor(f.table, f.cache, &f.missing);
      std::string last;
      State state = reverse ? cursor->SeekToLast() : cursor->SeekToFirst();
      for (; state == State::kEntry; state = reverse ? cursor->Previous() : cursor->Next()) {
        const std::string key = TextOf(cursor->key());
        CHECK(last.empty() || (reverse ? key < last : last < key));
        last = key;
      }
      CHECK(state == State::kCorrupt && f.missing.kind == MissingBlock::Kind::kCorrupt);
    }
  }
}

void TestLoad(Random& random) {
  Fixture f(RandomVersions(random, 100), 200, 9);
  std::string index = TextOf(f.file.parts.index.slice());
  index.pop_back();
  CHECK(!f.table->Load(SliceOf(index), f.file.parts.filter.slice()) && !f.table->loaded());
  CHECK(!f.table->Load(f.file.parts.index.slice(), SliceOf("broken")) && !f.table->loaded());
  CHECK(f.table->Load(f.file.parts.index.slice(), Slice()) && f.table->loaded());
  CHECK(f.table->Load(Slice(), Slice()));  // without effect
  CheckLookup(f, f.versions[50].key, f.versions[50].sequence);
}

}  // namespace

int main() {
  Random random(3);
  TestAgainstModel(random);
  TestLimits(random);
  TestManyVersions();
  TestManyCursorsWithoutCache(random);
  TestCorruptBlock(random);
  TestBlocksOutOfOrder();
  TestLoad(random);
  return 0;
}
