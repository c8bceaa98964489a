// Writes seed inputs for the fuzz targets, which begin from sound blocks instead of from nothing:
// DIRECTORY/TARGET/seed-N.
//
//   make_seeds DIRECTORY      which has a folder for each target; the same bytes every time
#include <cstdio>
#include <fstream>
#include <string>

#include "core/memtable/record.h"
#include "fuzz/block_model.h"
#include "test/sstable_support.h"

using namespace varve;

namespace {

using test::Random;
using test::TestFile;
using test::Version;

// The counterpart of FuzzInput.
class SeedBytes {
 public:
  SeedBytes& Byte(size_t value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  SeedBytes& Short(size_t value) { return Byte(value & 0xff).Byte(value >> 8); }
  SeedBytes& ShortBytes(const std::string& bytes) { return Byte(bytes.size()).Append(bytes); }
  SeedBytes& LongBytes(const std::string& bytes) { return Short(bytes.size()).Append(bytes); }
  SeedBytes& Append(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string directory;

void Write(const char* target, size_t number, const SeedBytes& seed) {
  std::ofstream file(directory + "/" + target + "/seed-" + std::to_string(number), std::ios::binary);
  file << seed.bytes();
}

std::string TextOf(const ByteBuffer& buffer) { return test::TextOf(buffer.slice()); }
std::string TextOf(const std::vector<uint8_t>& bytes) { return std::string(bytes.begin(), bytes.end()); }

TestFile RandomFile(Random& random, size_t entries) {
  return test::BuildFile(test::RandomVersions(random, entries), 40 + random() % 200, 1 + random() % 6);
}

void WriteBlockSeeds(Random& random, size_t number) {
  const TestFile file = RandomFile(random, 1 + number * 3);
  const std::string key = test::RandomKey(random);
  Write("sstable_block_fuzz", number, SeedBytes().ShortBytes(key).Append(file.bytes_of(0)));
  Write("sstable_index_fuzz", number, SeedBytes().ShortBytes(key).Append(TextOf(file.parts.index)));
  Write("filter_bloom_fuzz", number, SeedBytes().ShortBytes(key).Append(TextOf(file.parts.filter)));
}

void WriteRecordSeeds(Random& random, size_t number) {
  SeedBytes seed;
  for (const Version& version : test::RandomVersions(random, number * 2)) {
    Record record{version.type, static_cast<uint32_t>(random() % 2), test::SliceOf(version.key),
                  test::SliceOf(version.value)};
    std::string bytes(RecordSize(record), '\0');
    EncodeRecord(&record, reinterpret_cast<uint8_t*>(bytes.data()));
    seed.Append(bytes);
  }
  Write("memtable_record_fuzz", number, seed);
}

void WriteMergeSeeds(Random& random, size_t number) {
  const size_t flags = number % 4 | (random() % 8) << 2 | (random() % 3) << 5;
  SeedBytes seed;
  seed.Byte(flags).Short(random() % 30).Short(30 + random() % 200).Short(random() % 600).Byte(random()).Byte(random());
  if ((flags & 8) != 0) seed.ShortBytes(test::RandomKey(random));
  if ((flags & 16) != 0) seed.ShortBytes(test::RandomKey(random));
  // Numbers of their own in each input: those of RandomVersions begin at 1.
  uint64_t next_sequence = 0;
  for (size_t input = 0; input <= flags % 4; input++) {
    std::vector<Version> versions = test::RandomVersions(random, 2 + random() % 8);
    for (Version& version : versions) version.sequence += next_sequence;
    next_sequence += versions.size();
    const TestFile file = test::BuildFile(versions, 60 + random() % 100, 1 + random() % 4);
    const size_t count = std::min<size_t>(file.blocks.size(), 3);
    seed.Byte(count);
    for (size_t i = 0; i < count; i++) seed.LongBytes(file.bytes_of(i));
  }
  Write("merge_fuzz", number, seed);
}

void WriteTreeSeeds(Random& random, size_t number) {
  const size_t flags = random() % 256;
  SeedBytes seed;
  seed.Byte(flags).Short(number % 3 == 0 ? random() % 20 : 0).ShortBytes(test::RandomKey(random));
  if ((flags & 1) != 0) seed.ShortBytes(test::RandomKey(random));
  if ((flags & 4) != 0) seed.ShortBytes(test::RandomKey(random));
  const size_t tables = 1 + number % 3;
  seed.Byte(tables - 1);
  uint64_t next_sequence = 0;
  for (size_t i = 0; i < tables; i++) {
    std::vector<Version> versions = test::RandomVersions(random, 3 + random() % 8);
    for (Version& version : versions) version.sequence += next_sequence;
    next_sequence += versions.size();
    const TestFile file = test::BuildFile(versions, 80 + random() % 200, 1 + random() % 4);
    const size_t filter = random() % 3;
    const bool has_raw_index = number % 5 == 4;
    seed.Byte(i % 3 + (has_raw_index ? 4 : 0) + filter * 8);
    seed.ShortBytes(TextOf(file.parts.properties.smallest_key)).ShortBytes(TextOf(file.parts.properties.largest_key));
    if (has_raw_index) {
      seed.LongBytes(TextOf(file.parts.index)).LongBytes(file.bytes_of(0));
    } else {
      const size_t count = std::min<size_t>(file.blocks.size(), 4);
      IndexReader index;
      index.Decode(file.parts.index.slice());
      seed.Byte(count - 1);
      for (size_t block = 0; block < count; block++) {
        std::vector<fuzz::ModelEntry> entries;
        fuzz::DecodeModel(file.block(block), &entries);
        seed.ShortBytes(entries.back().key).LongBytes(file.bytes_of(block));
      }
    }
    if (filter == 1) seed.LongBytes(number % 2 == 0 ? "" : TextOf(file.parts.filter));
  }
  Write("read_tree_fuzz", number, seed);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 1;
  directory = arguments[1];
  Random random(20);
  for (size_t number = 1; number <= 20; number++) {
    WriteBlockSeeds(random, number);
    WriteRecordSeeds(random, number);
    WriteMergeSeeds(random, number);
    WriteTreeSeeds(random, number);
  }
  return 0;
}
