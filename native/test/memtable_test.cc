// A memtable and its cursors against std::map: lookups at every sequence number, walks both ways, writes in between.
#include "core/memtable/memtable.h"

#include <thread>
#include <vector>

#include "core/memtable/chunk_stock.h"
#include "core/memtable/memtable_cursor.h"
#include "core/memtable/memtable_registry.h"
#include "test/check.h"
#include "test/memtable_model.h"

using namespace varve;
using State = EntryCursor::State;

namespace {

struct Pair {
  std::shared_ptr<Memtable> memtable = MemtableRegistry::Create(1);
  Model model;
  uint64_t sequence = 0;

  // At once and soon in turns: to whoever looks there is no difference.
  void Write(const std::string& key, const std::string& value, EntryType type = EntryType::kPut) {
    sequence++;
    const MemtableWrite write = {type, sequence, SliceOf(key), SliceOf(value)};
    sequence / 50 % 2 == 0 ? memtable->ApplySoon(write) : memtable->Apply(write);
    model[{key, sequence}] = {type, value};
  }

  void WriteRandom(std::mt19937_64& random) {
    const std::string key = RandomKey(random);
    if (random() % 5 == 0) return Write(key, "", EntryType::kDelete);
    Write(key, std::string(random() % 40, static_cast<char>(random())));
  }
};

// The newest version at or below `sequence`, or the end.
Model::const_iterator Visible(const Model& model, const std::string& key, uint64_t sequence) {
  const auto found = model.lower_bound({key, sequence});
  return found != model.end() && found->first.key == key ? found : model.end();
}

void CheckEntry(const EntryCursor& cursor, Model::const_iterator expected) {
  CHECK(cursor.state() == State::kEntry);
  CHECK(StringOf(cursor.key()) == expected->first.key);
  CHECK(cursor.sequence() == expected->first.sequence);
  CHECK(cursor.type() == expected->second.type);
  CHECK(StringOf(cursor.value()) == expected->second.value);
}

void CheckFind(const Pair& pair, const std::string& key, uint64_t sequence) {
  const MemtableVersion* version = pair.memtable->Find(SliceOf(key), sequence);
  const auto expected = Visible(pair.model, key, sequence);
  CHECK((version != nullptr) == (expected != pair.model.end()));
  if (version == nullptr) return;
  CHECK(version->sequence() == expected->first.sequence);
  CHECK(version->type() == expected->second.type);
  CHECK(StringOf(version->value()) == expected->second.value);
}

void TestAllVersions(const Pair& pair) {
  const auto cursor = MemtableCursor::AllVersions(pair.memtable);
  cursor->SeekToFirst();
  for (auto at = pair.model.begin(); at != pair.model.end(); ++at) {
    CheckEntry(*cursor, at);
    cursor->Next();
  }
  CHECK(cursor->state() == State::kEnd);
  cursor->SeekToLast();
  for (auto at = pair.model.rbegin(); at != pair.model.rend(); ++at) {
    CheckEntry(*cursor, std::prev(at.base()));
    cursor->Previous();
  }
  CHECK(cursor->state() == State::kEnd);
}

void TestSeeks(const Pair& pair, std::mt19937_64& random) {
  const auto cursor = MemtableCursor::AllVersions(pair.memtable);
  for (int i = 0; i < 2000; i++) {
    const std::string key = RandomKey(random);
    const uint64_t sequence = random() % (pair.sequence + 2);
    CheckFind(pair, key, sequence);
    cursor->Seek(SliceOf(key), sequence);
    const auto expected = pair.model.lower_bound({key, sequence});
    if (expected == pair.model.end()) {
      CHECK(cursor->state() == State::kEnd);
    } else {
      CheckEntry(*cursor, expected);
    }
    cursor->SeekForPrevious(SliceOf(key));
    const auto behind = pair.model.upper_bound({key, 0});
    if (behind == pair.model.begin()) {
      CHECK(cursor->state() == State::kEnd);
    } else {
      CheckEntry(*cursor, std::prev(behind));
    }
  }
}

// Steps in both directions with writes between the steps: what is visible at the start stays exactly what is seen.
void TestVisibleWhileWriting(Pair& pair, std::mt19937_64& random, bool reverse) {
  const uint64_t snapshot = pair.sequence;
  std::vector<Model::const_iterator> expected;
  for (auto at = pair.model.cbegin(); at != pair.model.cend(); ++at) {
    if (Visible(pair.model, at->first.key, snapshot) == at) expected.push_back(at);
  }
  const auto cursor = MemtableCursor::VisibleAt(pair.memtable, snapshot);
  if (reverse) {
    cursor->SeekToLast();
  } else {
    cursor->SeekToFirst();
  }
  for (size_t i = 0; i < expected.size(); i++) {
    CheckEntry(*cursor, expected[reverse ? expected.size() - 1 - i : i]);
    for (uint64_t writes = random() % 3; writes > 0; writes--) pair.WriteRandom(random);
    if (reverse) {
      cursor->Previous();
    } else {
      cursor->Next();
    }
  }
  CHECK(cursor->state() == State::kEnd);
}

void TestRandom(uint64_t seed) {
  std::mt19937_64 random(seed);
  Pair pair;
  TestAllVersions(pair);
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < (round == 0 ? 3 : 1500); i++) pair.WriteRandom(random);
    CHECK(pair.memtable->entry_count() == pair.model.size());
    TestAllVersions(pair);
    TestSeeks(pair, random);
    TestVisibleWhileWriting(pair, random, false);
    TestVisibleWhileWriting(pair, random, true);
  }
}

void TestLongKeysAndLargeValues() {
  Pair pair;
  // Each key is the beginning of the next: as many nodes on one path as there are keys.
  for (size_t size = 0; size < 2000; size++) pair.Write(std::string(size, 'x'), std::to_string(size));
  pair.Write(std::string(65536, 'x'), std::string(20 << 20, 'v'));
  pair.Write(std::string(65536, 'x') + "y", "");
  pair.Write(std::string(65535, 'x') + "a", "before");
  TestAllVersions(pair);
  for (size_t size : {0, 1, 1999, 2000, 65535, 65536, 65537}) CheckFind(pair, std::string(size, 'x'), kMaxSequence);
  CHECK(pair.memtable->memory_bytes() > size_t{20} << 20);
  CHECK(pair.memtable->memory_bytes() < size_t{27} << 20);
}

// Every kind of look at a memtable shows what was written just before it.
void TestPendingWritesAreSeen() {
  for (int pending = 1; pending < 40; pending++) {
    Pair pair;
    for (int i = 0; i < pending; i++) pair.Write("key " + std::to_string(i % 7), std::string(i * 10, 'v'));
    const std::string last = "key " + std::to_string((pending - 1) % 7);
    switch (pending % 4) {
      case 0:
        CheckFind(pair, last, kMaxSequence);
        break;
      case 1:
        CHECK(pair.memtable->entry_count() == static_cast<uint64_t>(pending));
        break;
      case 2:
        pair.memtable->Freeze();
        break;
    }
    TestAllVersions(pair);
  }
}

void TestSequencesOutOfOrder() {
  Pair pair;
  const std::string key = "k";
  const std::string again = "again";
  for (uint64_t sequence : {5, 9, 1, 7, 3, 8}) {
    const std::string value = std::to_string(sequence);
    pair.memtable->Apply({EntryType::kPut, sequence, SliceOf(key), SliceOf(value)});
    pair.model[{"k", sequence}] = {EntryType::kPut, value};
  }
  for (uint64_t sequence = 0; sequence < 11; sequence++) CheckFind(pair, "k", sequence);
  pair.memtable->Apply({EntryType::kPut, 7, SliceOf(key), SliceOf(again)});
  CHECK(StringOf(pair.memtable->Find(SliceOf(key), 7)->value()) == "7");
  CHECK(pair.memtable->entry_count() == 6);
  TestAllVersions(pair);
}

void TestIdleMemtableIsSmall() {
  Pair pair;
  CHECK(pair.memtable->memory_bytes() == sizeof(Memtable));
  pair.Write("key", "value");
  const size_t taken = pair.memtable->memory_bytes();
  CHECK(taken >= sizeof(Memtable) + Arena::kSmallestChunkBytes && taken < 10 << 10);
  pair.memtable->Freeze();
  CHECK(pair.memtable->memory_bytes() == sizeof(Memtable) + Arena::kSmallestChunkBytes);
}

void TestRegistry() {
  auto memtable = MemtableRegistry::Create(7);
  const uint64_t id = memtable->id();
  CHECK(MemtableRegistry::Find(id) == memtable);
  auto cursor = MemtableCursor::AllVersions(memtable);
  memtable.reset();
  CHECK(MemtableRegistry::Find(id) != nullptr);
  cursor.reset();
  CHECK(MemtableRegistry::Find(id) == nullptr);
  CHECK(MemtableRegistry::Create(7)->id() > id);
}

// Chunks of a memtable that is gone serve the next one; as many wait as are in use, and none when no memtable is left.
void TestChunksAreUsedAgain() {
  const std::string value(100'000, 'v');
  const auto fill = [&value](Pair* pair, int entries) {
    for (int i = 0; i < entries; i++) pair->Write(std::to_string(i), value);
  };
  auto small = std::make_unique<Pair>();
  auto large = std::make_unique<Pair>();
  fill(small.get(), 100);
  fill(large.get(), 200);
  CHECK(ChunkStock::WaitingBytes() == 0);
  large.reset();
  const size_t waiting = ChunkStock::WaitingBytes();
  CHECK(waiting > 0 && waiting <= small->memtable->memory_bytes());
  large = std::make_unique<Pair>();
  fill(large.get(), 200);
  CHECK(ChunkStock::WaitingBytes() == 0);
  TestAllVersions(*large);
  TestAllVersions(*small);
  small.reset();
  large.reset();
  CHECK(ChunkStock::WaitingBytes() == 0);
}

void TestFrozenIsReadByOtherThreads() {
  std::mt19937_64 random(3);
  Pair pair;
  for (int i = 0; i < 500; i++) pair.WriteRandom(random);
  const uint64_t id = pair.memtable->id();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&, id] {
      const auto memtable = MemtableRegistry::Find(id);
      while (!memtable->frozen()) std::this_thread::yield();
      TestAllVersions(pair);
    });
  }
  for (int i = 0; i < 500; i++) pair.WriteRandom(random);
  pair.memtable->Freeze();
  for (auto& thread : threads) thread.join();
}

}  // namespace

int main() {
  for (uint64_t seed = 1; seed <= 4; seed++) TestRandom(seed);
  TestLongKeysAndLargeValues();
  TestPendingWritesAreSeen();
  TestSequencesOutOfOrder();
  TestIdleMemtableIsSmall();
  TestRegistry();
  TestChunksAreUsedAgain();
  TestFrozenIsReadByOtherThreads();
  return 0;
}
