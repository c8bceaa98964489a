// What threads may share (native/README.md, "Threads"), used by several at once: the block cache, SSTables that one of
// them loads, frozen memtables, the registry. Run it under ThreadSanitizer: node scripts/test-native.mjs --sanitize
// thread
#include <atomic>
#include <thread>

#include "core/memtable/memtable_cursor.h"
#include "core/memtable/memtable_registry.h"
#include "core/merge/merge.h"
#include "core/read/tree_iterator.h"
#include "core/read/tree_reader.h"
#include "test/read_support.h"

using namespace varve;
using namespace varve::test;

namespace {

constexpr int kThreads = 4;

template <typename Work, typename Meanwhile>
void OnThreads(Work work, Meanwhile meanwhile) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; i++) threads.emplace_back([&work, i] { work(i); });
  meanwhile();
  for (std::thread& thread : threads) thread.join();
}

template <typename Work>
void OnThreads(Work work) {
  OnThreads(work, [] {});
}

std::string Checked(const TestTree& tree, const std::string& key) {
  const std::string* const value = tree.Visible(key, kMaxSequence);
  return value == nullptr ? "(none)" : *value;
}

// Every key of the model, looked up by a reader of the thread's own.
void LookUpAll(TestTree& tree, const std::shared_ptr<const ReadState>& state, std::mutex& serving) {
  TreeReader reader(tree.cache);
  reader.SetState(state);
  for (const auto& version : tree.model) {
    const std::string& key = version.first.key;
    for (;;) {
      RoomyEntry found;
      MissingBlock missing;
      const TreeReader::Result result = reader.Get(varve::SliceOf(key), kMaxSequence, &found.entry, &missing);
      CHECK(result != TreeReader::Result::kCorrupt);
      if (result == TreeReader::Result::kStalled) {
        tree.ServeShared(missing, serving);
        continue;
      }
      CHECK(Checked(tree, key) == (result == TreeReader::Result::kFound ? TextOf(found.entry.value()) : "(none)"));
      break;
    }
  }
}

// The whole tree by an iterator of the thread's own; returns how many entries it gave.
size_t WalkAll(TestTree& tree, const std::shared_ptr<const ReadState>& state, std::mutex& serving, bool reverse) {
  TreeIterator iterator(state, tree.cache, kMaxSequence, KeyBounds(), reverse);
  std::vector<uint8_t> out(4096);
  size_t entries = 0;
  for (;;) {
    const TreeIterator::Filled filled = iterator.Fill(out.data(), out.size(), 100);
    entries += filled.entries;
    CHECK(filled.stop != TreeIterator::Stop::kCorrupt && filled.stop != TreeIterator::Stop::kNeedRoom);
    if (filled.stop == TreeIterator::Stop::kStalled) tree.ServeShared(iterator.missing(), serving);
    if (filled.stop == TreeIterator::Stop::kEnd) return entries;
  }
}

void TestReadersShareTablesAndCache() {
  TestTree tree(7);
  const auto state = tree.NewState(20);
  const_cast<Memtable&>(*tree.active).Freeze();
  std::map<std::string, bool> visible;
  for (const auto& version : tree.model) visible[version.first.key] = Checked(tree, version.first.key) != "(none)";
  size_t expected = 0;
  for (const auto& [key, is_visible] : visible) expected += is_visible ? 1 : 0;
  std::mutex serving;
  std::atomic<int> reading{kThreads};
  // Nothing is loaded yet: the first readers load tables while the others look them up.
  std::thread evicting([&] {
    while (reading > 0) {
      tree.cache->Resize(0);
      for (uint64_t file = 1; file <= 12; file++) tree.cache->Erase(file);
      tree.cache->statistics();
      std::this_thread::yield();
    }
  });
  OnThreads([&](int i) {
    LookUpAll(tree, state, serving);
    CHECK(WalkAll(tree, state, serving, i % 2 == 1) == expected);
    reading--;
  });
  evicting.join();
}

// A merge is made on one thread and used on another, over a memtable that a third made and froze.
void TestMergesOfOneFrozenMemtable() {
  TestTree tree(8);
  const auto memtable = tree.NewMemtable(3000);
  const auto merge_it = [&](int i) {
    MergeOptions options;
    options.block_bytes = 1024;
    options.filter_bits_per_key = i;
    while (!memtable->frozen()) std::this_thread::yield();
    CHECK(memtable->ReadableHere() && !memtable->WritableHere());
    Merge merge(options, MemtableCursor::AllVersions(memtable));
    std::thread user([&] {
      std::vector<uint8_t> out(65536);
      uint64_t detail = 0;
      uint64_t offset = 0;
      uint64_t entries = 0;
      for (;;) {
        const Merge::Status status = merge.Step(out.data(), out.size(), &detail);
        if (status == Merge::Status::kDone) break;
        if (status == Merge::Status::kBlock) {
          CHECK(merge.PlaceBlock(offset, static_cast<uint32_t>(detail), 0, 0));
          offset += detail;
        } else {
          CHECK(status == Merge::Status::kFileEnd);
          entries += merge.parts()->properties.entry_count;
          offset = 0;
        }
      }
      CHECK(entries == memtable->entry_count());
    });
    user.join();
  };
  OnThreads(merge_it, [&] {
    for (uint64_t n = 0; n < 500; n++)
      TestTree::Write(*memtable, {std::to_string(n), tree.sequence + n + 1, EntryType::kPut, "late"});
    memtable->Freeze();
  });
}

// Memtables that come and go on all threads, attached by others while they do.
void TestRegistry() {
  std::atomic<uint64_t> newest{0};
  std::atomic<int> making{kThreads};
  std::thread attaching([&] {
    while (making > 0) {
      const auto memtable = MemtableRegistry::Find(newest);
      if (memtable != nullptr && memtable->ReadableHere()) CHECK(memtable->Find(varve::SliceOf("k"), kMaxSequence));
    }
  });
  OnThreads([&](int) {
    for (int n = 0; n < 300; n++) {
      const auto memtable = MemtableRegistry::Create(1);
      newest = memtable->id();
      memtable->Apply({EntryType::kPut, 1, varve::SliceOf("k"), varve::SliceOf("v")});
      memtable->Freeze();
      CHECK(MemtableRegistry::Find(memtable->id()) == memtable);
    }
    making--;
  });
  attaching.join();
}

}  // namespace

int main() {
  TestReadersShareTablesAndCache();
  TestMergesOfOneFrozenMemtable();
  TestRegistry();
  return 0;
}
