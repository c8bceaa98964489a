// What the tests of SSTables, cursors and merges share: random versions, SSTables built from them, a reader that serves
// blocks.
#ifndef VARVE_TEST_SSTABLE_SUPPORT_H_
#define VARVE_TEST_SSTABLE_SUPPORT_H_

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/merge/sstable_builder.h"
#include "core/sstable/sstable.h"
#include "test/check.h"

namespace varve::test {

struct Version {
  std::string key;
  uint64_t sequence;
  EntryType type;
  std::string value;

  bool operator<(const Version& other) const { return key != other.key ? key < other.key : sequence > other.sequence; }
  bool operator==(const Version& other) const {
    return key == other.key && sequence == other.sequence && type == other.type && value == other.value;
  }
};

inline Slice SliceOf(const std::string& text) {
  return Slice(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
inline std::string TextOf(Slice slice) { return std::string(reinterpret_cast<const char*>(slice.data), slice.size); }

// A FoundEntry with room for any value of a test.
struct RoomyEntry {
  std::vector<uint8_t> room = std::vector<uint8_t>(1 << 16);
  FoundEntry entry{room.data(), room.size()};
};

using Random = std::mt19937_64;

// Keys of few letters: many share prefixes, are prefixes of each other, or have several versions; "" is one of them.
inline std::string RandomKey(Random& random) {
  std::string key(random() % 7, 'a');
  for (char& letter : key) letter = "ab\xff"[random() % 3];
  return random() % 4 == 0 ? "common/" + key : key;
}

// Sorted; sequence numbers all different.
inline std::vector<Version> RandomVersions(Random& random, size_t count) {
  std::vector<Version> versions;
  for (size_t i = 0; i < count; i++) {
    const bool is_delete = random() % 5 == 0;
    const size_t size = is_delete ? 0 : (random() % 50 == 0 ? random() % 3000 : random() % 40);
    versions.push_back({RandomKey(random), i + 1, is_delete ? EntryType::kDelete : EntryType::kPut,
                        std::string(size, static_cast<char>(random()))});
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

// An SSTable's raw blocks in one run, as a file without compression holds them.
struct TestFile {
  std::string bytes;
  std::vector<std::pair<size_t, size_t>> blocks;  // offset, length
  SSTableParts parts;

  Slice block(size_t i) const { return SliceOf(bytes_of(i)); }
  const std::string& bytes_of(size_t i) const { return copies[i]; }
  std::vector<std::string> copies;

  void AddBlock(Slice block) {
    blocks.emplace_back(bytes.size(), block.size);
    copies.push_back(TextOf(block));
    bytes += copies.back();
  }
};

inline TestFile BuildFile(const std::vector<Version>& versions, size_t block_bytes, uint32_t restart_interval,
                          double bits_per_key = 10) {
  TestFile file;
  SSTableBuilder builder(restart_interval, bits_per_key);
  const auto close = [&](const Slice* next) {
    builder.CloseBlock(next);
    std::string block(builder.block_bytes(), '\0');
    builder.WriteBlock(reinterpret_cast<uint8_t*>(block.data()));
    const uint64_t offset = file.bytes.size();
    const uint32_t checksum = static_cast<uint32_t>(offset * 7 + 1);
    file.AddBlock(SliceOf(block));
    CHECK(builder.PlaceBlock(offset, static_cast<uint32_t>(block.size()), checksum, 0));
  };
  const std::string* last = nullptr;
  for (const Version& version : versions) {
    const Slice key = SliceOf(version.key);
    if (!builder.block_empty() && builder.block_bytes() + key.size + version.value.size() > block_bytes) close(&key);
    builder.Add(key, last == nullptr || *last != version.key, version.sequence, version.type, SliceOf(version.value));
    last = &version.key;
  }
  close(nullptr);
  file.parts = builder.Finish();
  return file;
}

inline std::shared_ptr<SSTable> OpenFile(const TestFile& file, uint64_t file_number) {
  const auto& smallest = file.parts.properties.smallest_key;
  const auto& largest = file.parts.properties.largest_key;
  return std::make_shared<SSTable>(file_number, Slice(smallest.data(), smallest.size()),
                                   Slice(largest.data(), largest.size()));
}

// Does what TypeScript does for a reader that lacks something.
inline void Serve(const TestFile& file, SSTable& table, BlockCache& cache, const MissingBlock& missing) {
  CHECK(missing.file_number == table.file_number());
  if (missing.kind == MissingBlock::Kind::kFile) {
    CHECK(!table.loaded());
    CHECK(table.Load(file.parts.index.slice(), file.parts.filter.slice()));
    return;
  }
  CHECK(missing.kind == MissingBlock::Kind::kBlock);
  CHECK(missing.checksum == static_cast<uint32_t>(missing.offset * 7 + 1) && missing.compression == 0);
  CHECK(missing.stored_length == missing.raw_length && missing.offset + missing.raw_length <= file.bytes.size());
  cache.Insert(missing.file_number, missing.offset,
               Slice(reinterpret_cast<const uint8_t*>(file.bytes.data()) + missing.offset, missing.raw_length));
}

// Turns every byte of `bytes` into a few others, one at a time, and calls `visit` with each outcome.
template <typename Visit>
void ForEachCorruption(const std::string& bytes, Visit visit) {
  for (size_t i = 0; i < bytes.size(); i++) {
    for (const int change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x7f}) {
      // A buffer of its own size, so that the sanitizer sees one byte too far.
      std::vector<uint8_t> broken(bytes.begin(), bytes.end());
      broken[i] = static_cast<uint8_t>(broken[i] ^ change);
      visit(Slice(broken.data(), broken.size()));
    }
  }
  for (size_t size = 0; size < bytes.size(); size++) {
    std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    visit(Slice(cut.data(), cut.size()));
  }
}

}  // namespace varve::test

#endif  // VARVE_TEST_SSTABLE_SUPPORT_H_
