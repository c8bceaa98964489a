// A tree for the tests of reads: every version is in a model and, by age, in one of its memtables or SSTables. Serves
// what a stalled read lacks, as TypeScript does.
#ifndef VARVE_TEST_READ_SUPPORT_H_
#define VARVE_TEST_READ_SUPPORT_H_

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/memtable/memtable_registry.h"
#include "core/read/read_state.h"
#include "test/memtable_model.h"
#include "test/sstable_support.h"

namespace varve::test {

class TestTree {
 public:
  explicit TestTree(uint64_t seed) : random(seed) {}

  // Versions that go to the next memtable or SSTables.
  std::vector<Version> TakeVersions(size_t count) {
    std::vector<Version> versions;
    for (size_t i = 0; i < count; i++) {
      const std::string key = varve::RandomKey(random);
      const EntryType type = random() % 5 == 0 ? EntryType::kDelete : EntryType::kPut;
      const std::string value(type == EntryType::kPut ? random() % 60 : 0, static_cast<char>(random()));
      versions.push_back({key, ++sequence, type, value});
      model[{key, sequence}] = {type, value};
    }
    return versions;
  }

  // A level of the tree's state, newer than all before: sorted, in files of about `file_entries`, cut between keys.
  SSTables NewLevel(size_t count, size_t file_entries) {
    std::vector<Version> versions = TakeVersions(count);
    std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
      return ModelKey{a.key, a.sequence} < ModelKey{b.key, b.sequence};
    });
    SSTables tables;
    std::vector<Version> run;
    for (const Version& version : versions) {
      if (run.size() >= file_entries && run.back().key != version.key) {
        tables.push_back(NewTable(run));
        run.clear();
      }
      run.push_back(version);
    }
    if (!run.empty()) tables.push_back(NewTable(run));
    return tables;
  }

  std::shared_ptr<Memtable> NewMemtable(size_t count) {
    auto memtable = MemtableRegistry::Create(1);
    for (const Version& version : TakeVersions(count)) Write(*memtable, version);
    return memtable;
  }

  static void Write(Memtable& memtable, const Version& version) {
    memtable.ApplySoon({version.type, version.sequence, varve::SliceOf(version.key), varve::SliceOf(version.value)});
  }

  // Two deep levels, three files of level 0, two frozen memtables, the active one.
  std::shared_ptr<ReadState> NewState(size_t scale) {
    auto state = std::make_shared<ReadState>();
    state->levels.resize(3);
    state->levels[2] = NewLevel(12 * scale, 2 * scale);
    state->levels[1] = NewLevel(6 * scale, scale);
    for (int i = 0; i < 3; i++) {
      const SSTables tables = NewLevel(scale, 2 * scale);
      state->levels[0].insert(state->levels[0].begin(), tables.begin(), tables.end());
    }
    for (int i = 0; i < 2; i++) {
      state->memtables.insert(state->memtables.begin(), NewMemtable(scale));
      const_cast<Memtable&>(*state->memtables[0]).Freeze();
    }
    active = NewMemtable(scale);
    state->memtables.insert(state->memtables.begin(), active);
    return state;
  }

  void ServeMissing(const MissingBlock& missing) {
    const File& file = files.at(missing.file_number);
    Serve(file.contents, *file.table, *cache, missing);
    served++;
  }

  // The same for several threads: another may have served it meanwhile.
  void ServeShared(const MissingBlock& missing, std::mutex& serving) {
    const std::lock_guard<std::mutex> lock(serving);
    const File& file = files.at(missing.file_number);
    if (missing.kind == MissingBlock::Kind::kFile && file.table->loaded()) return;
    Serve(file.contents, *file.table, *cache, missing);
  }

  // Empties the cache, which itself would keep more than all these small blocks: reads stall again.
  void DropBlocks() {
    for (const auto& file : files) cache->Erase(file.first);
  }

  // The visible value of `key` at `at`, or null.
  const std::string* Visible(const std::string& key, uint64_t at) const {
    const auto found = model.lower_bound({key, at});
    const bool put = found != model.end() && found->first.key == key && found->second.type == EntryType::kPut;
    return put ? &found->second.value : nullptr;
  }

  Random random;
  Model model;
  uint64_t sequence = 0;
  std::shared_ptr<Memtable> active;
  std::shared_ptr<BlockCache> cache = std::make_shared<BlockCache>(0);
  int served = 0;

 private:
  struct File {
    TestFile contents;
    std::shared_ptr<SSTable> table;
  };

  std::shared_ptr<const SSTable> NewTable(const std::vector<Version>& versions) {
    TestFile contents = BuildFile(versions, 64 + random() % 400, 1 + random() % 16);
    auto table = OpenFile(contents, ++last_file_);
    files.emplace(last_file_, File{std::move(contents), table});
    return table;
  }

  uint64_t last_file_ = 0;
  std::map<uint64_t, File> files;
};

}  // namespace varve::test

#endif  // VARVE_TEST_READ_SUPPORT_H_
