// Data blocks: lookups and walks in both directions against a sorted vector; every broken byte is survived.
#include "core/sstable/block_builder.h"
#include "core/sstable/block_cursor.h"
#include "core/sstable/block_reader.h"
#include "test/sstable_support.h"

using namespace varve;
using namespace varve::test;
using Step = BlockCursor::Step;

namespace {

std::string Build(const std::vector<Version>& versions, uint32_t restart_interval) {
  BlockBuilder builder(restart_interval);
  for (const Version& v : versions) builder.Add(SliceOf(v.key), v.sequence, v.type, SliceOf(v.value));
  std::string block(builder.size(), '\0');
  builder.WriteTo(reinterpret_cast<uint8_t*>(block.data()));
  return block;
}

bool StandsOn(const BlockCursor& cursor, const Version& version) {
  return Version{TextOf(cursor.key()), cursor.sequence(), cursor.type(), TextOf(cursor.value())} == version;
}

void CheckLookup(const BlockReader& block, const std::vector<Version>& versions, const std::string& key,
                 uint64_t sequence) {
  const auto at = std::lower_bound(versions.begin(), versions.end(), Version{key, sequence, EntryType::kPut, ""});
  Slice value;
  uint64_t found = 0;
  const BlockReader::Result result = block.Lookup(SliceOf(key), sequence, &value, &found);
  if (at == versions.end()) {
    CHECK(result == BlockReader::Result::kPastEnd);
  } else if (at->key != key) {
    CHECK(result == BlockReader::Result::kAbsent);
  } else {
    CHECK(result == (at->type == EntryType::kPut ? BlockReader::Result::kFound : BlockReader::Result::kDeleted));
    CHECK(found == at->sequence && TextOf(value) == at->value);
  }
}

void CheckWalks(const std::string& bytes, const std::vector<Version>& versions, Random& random) {
  BlockCursor cursor;
  CHECK(cursor.Open(SliceOf(bytes)));
  size_t i = 0;
  for (Step step = cursor.SeekToFirst(); step == Step::kEntry; step = cursor.Next())
    CHECK(StandsOn(cursor, versions[i++]));
  CHECK(i == versions.size());
  for (Step step = cursor.SeekToLast(); step == Step::kEntry; step = cursor.Previous())
    CHECK(StandsOn(cursor, versions[--i]));
  CHECK(i == 0);

  // Seeks, then steps to and fro.
  for (int round = 0; round < 20; round++) {
    const std::string key = RandomKey(random);
    const uint64_t sequence = random() % (versions.size() + 2);
    const bool forward = random() % 2 == 0;
    ptrdiff_t at;
    Step step;
    if (forward) {
      at = std::lower_bound(versions.begin(), versions.end(), Version{key, sequence, EntryType::kPut, ""}) -
           versions.begin();
      step = cursor.Seek(SliceOf(key), sequence);
    } else {
      at = std::upper_bound(versions.begin(), versions.end(), Version{key, 0, EntryType::kPut, ""}) - versions.begin() -
           1;
      step = cursor.SeekForPrevious(SliceOf(key));
    }
    for (int steps = 0; steps < 60; steps++) {
      const bool inside = at >= 0 && at < static_cast<ptrdiff_t>(versions.size());
      CHECK(step == (inside ? Step::kEntry : Step::kEnd));
      if (!inside) break;
      CHECK(StandsOn(cursor, versions[static_cast<size_t>(at)]));
      const bool ahead = random() % 3 != 0;
      step = ahead == forward ? cursor.Next() : cursor.Previous();
      at += ahead == forward ? 1 : -1;
    }
  }
}

void SurviveCorruption(Slice broken, const std::vector<Version>& versions) {
  BlockReader reader;
  BlockCursor cursor;
  CHECK(reader.Open(broken) == cursor.Open(broken));
  if (!reader.Open(broken)) return;
  Slice value;
  uint64_t found = 0;
  size_t steps = 0;
  for (const Version& v : versions) {
    reader.Lookup(SliceOf(v.key), v.sequence, &value, &found);
    cursor.Seek(SliceOf(v.key), v.sequence);
    if (cursor.SeekForPrevious(SliceOf(v.key)) == Step::kEntry) cursor.Previous();
  }
  for (Step step = cursor.SeekToFirst(); step == Step::kEntry; step = cursor.Next()) CHECK(++steps <= broken.size);
  // Backward, too, what comes out is in order.
  std::string last_key;
  uint64_t last_sequence = 0;
  bool is_first = true;
  for (Step step = cursor.SeekToLast(); step == Step::kEntry; step = cursor.Previous()) {
    const int order = cursor.key().compare(SliceOf(last_key));
    CHECK(is_first || order < 0 || (order == 0 && cursor.sequence() > last_sequence));
    is_first = false;
    last_key = TextOf(cursor.key());
    last_sequence = cursor.sequence();
    CHECK(++steps <= 2 * broken.size);
  }
}

}  // namespace

int main() {
  Random random(1);
  for (int round = 0; round < 150; round++) {
    const std::vector<Version> versions = RandomVersions(random, 1 + random() % 120);
    const std::string bytes = Build(versions, 1 + static_cast<uint32_t>(random() % 20));
    BlockReader block;
    CHECK(block.Open(SliceOf(bytes)));
    for (const Version& v : versions) {
      CheckLookup(block, versions, v.key, v.sequence);
      CheckLookup(block, versions, v.key, v.sequence - 1);
      CheckLookup(block, versions, v.key, kMaxSequence);
    }
    for (int i = 0; i < 50; i++) CheckLookup(block, versions, RandomKey(random), random() % 130);
    CheckWalks(bytes, versions, random);
  }
  for (int round = 0; round < 3; round++) {
    const std::vector<Version> versions = RandomVersions(random, 10);
    ForEachCorruption(Build(versions, 3), [&](Slice broken) { SurviveCorruption(broken, versions); });
  }
  // The largest sequence number and a value whose length takes three bytes.
  const std::vector<Version> large = {{"k", kMaxSequence, EntryType::kPut, std::string(20000, 'v')}};
  CheckWalks(Build(large, 16), large, random);
  return 0;
}
