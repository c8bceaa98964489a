// The block index: Find against a linear search, separators, decoding of broken bytes.
#include "core/sstable/block_builder.h"
#include "core/sstable/index_builder.h"
#include "core/sstable/index_reader.h"
#include "test/sstable_support.h"

using namespace varve;
using namespace varve::test;

namespace {

std::string Build(const std::vector<std::string>& separators, Random& random) {
  IndexBuilder builder;
  uint64_t offset = random() % 3 == 0 ? random() % 10000 : 0;
  for (const std::string& separator : separators) {
    const bool compressed = random() % 2 == 0;
    const uint32_t raw = static_cast<uint32_t>(kMinBlockBytes) + static_cast<uint32_t>(random() % 70000);
    const uint32_t stored = compressed ? 1 + raw / 2 : raw;
    const BlockHandle handle{offset, stored, raw, static_cast<uint32_t>(random()),
                             compressed ? kCompressionLz4 : kCompressionNone};
    CHECK(builder.Add(SliceOf(separator), handle));
    CHECK(!builder.Add(SliceOf(separator), handle));  // lies in the block before
    offset += stored + (random() % 4 == 0 ? random() % 100 : 0);
  }
  return TextOf(builder.Finish().slice());
}

size_t LinearFind(const std::vector<std::string>& separators, const std::string& key) {
  size_t i = 0;
  while (i < separators.size() && separators[i] < key) i++;
  return i;
}

int Sign(int order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

void CheckIndex(const std::vector<std::string>& separators, Random& random) {
  IndexReader index;
  CHECK(index.Decode(SliceOf(Build(separators, random))));
  CHECK(index.block_count() == separators.size());
  const auto check = [&](const std::string& key) {
    CHECK(index.Find(SliceOf(key)) == LinearFind(separators, key));
    for (int i = 0; i < 3; i++) {
      const size_t block = random() % separators.size();
      CHECK(Sign(index.CompareSeparator(block, SliceOf(key))) == Sign(separators[block].compare(key)));
    }
  };
  for (const std::string& separator : separators) {
    check(separator);
    check(separator + std::string(1, '\0'));
    check(separator.substr(0, separator.size() / 2));
    if (!separator.empty()) check(separator.substr(0, separator.size() - 1));
  }
  for (int i = 0; i < 50; i++) check(RandomKey(random));
  check("");
  check("\xff\xff\xff\xff\xff\xff\xff\xff\xff");
}

void CheckSeparators(Random& random) {
  for (int i = 0; i < 2000; i++) {
    std::string last = RandomKey(random);
    std::string next = RandomKey(random);
    if (next < last) std::swap(last, next);
    ByteBuffer separator;
    AppendSeparator(SliceOf(last), SliceOf(next), &separator);
    const std::string text = TextOf(separator.slice());
    CHECK(last <= text && (text < next || last == next) && text.size() <= last.size());
  }
}

}  // namespace

int main() {
  Random random(2);
  CheckSeparators(random);
  for (int round = 0; round < 200; round++) {
    std::vector<std::string> separators;
    const std::string prefix = random() % 2 == 0 ? "" : "tree/partition/";
    const std::string middle = random() % 2 == 0 ? "" : "samewordforall";
    for (size_t i = 1 + random() % 200; i > 0; i--)
      separators.push_back(prefix + RandomKey(random) + middle + RandomKey(random));
    std::sort(separators.begin(), separators.end());
    CheckIndex(separators, random);
  }
  const std::string bytes = Build({"common/a", "common/a", "common/ab", "common/b", "common/bcd"}, random);
  size_t refused = 0;
  ForEachCorruption(bytes, [&](Slice broken) {
    IndexReader index;
    if (!index.Decode(broken)) {
      refused++;
      CHECK(index.block_count() == 0);
      return;
    }
    for (const char* key : {"", "common/a", "common/ab", "common/zz", "z"}) {
      const size_t i = index.Find(SliceOf(key));
      CHECK(i <= index.block_count());
      if (i < index.block_count()) CHECK(index.CompareSeparator(i, SliceOf(key)) >= 0);
    }
  });
  CHECK(refused > bytes.size());  // at least every cut
  return 0;
}
