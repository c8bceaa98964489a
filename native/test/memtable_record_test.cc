// The record grammar: bytes as documented, every truncation and every flipped bit refused or read within bounds, and a
// payload applied whole or not at all.
#include <vector>

#include "core/memtable/memtable_registry.h"
#include "core/memtable/memtable_set.h"
#include "core/memtable/record.h"
#include "test/check.h"
#include "test/memtable_model.h"

using namespace varve;

namespace {

std::vector<uint8_t> Encode(EntryType type, uint32_t tree_id, const std::string& key, const std::string& value) {
  Record record{type, tree_id, SliceOf(key), SliceOf(value)};
  std::vector<uint8_t> bytes(RecordSize(record));
  CHECK(EncodeRecord(&record, bytes.data()) == bytes.data() + bytes.size());
  return bytes;
}

Slice Bytes(const std::vector<uint8_t>& bytes) { return Slice(bytes.data(), bytes.size()); }

void TestGoldenBytes() {
  CHECK(Encode(EntryType::kPut, 300, "ab", "xyz") ==
        (std::vector<uint8_t>{1, 0xac, 0x02, 2, 'a', 'b', 3, 'x', 'y', 'z'}));
  CHECK(Encode(EntryType::kDelete, 5, "", "ignored") == (std::vector<uint8_t>{2, 5, 0}));
}

void TestRoundTrip() {
  for (uint32_t tree_id : {0u, 127u, 128u, 0xffffffffu}) {
    for (size_t size : {0, 1, 127, 128, 16383, 16384, 65536}) {
      const std::string key(size, 'k');
      const auto bytes = Encode(EntryType::kPut, tree_id, key, key + "v");
      Record record;
      CHECK(DecodeRecord(Bytes(bytes), &record) == bytes.size());
      CHECK(record.tree_id == tree_id && StringOf(record.key) == key && StringOf(record.value) == key + "v");
    }
  }
}

void TestBrokenGrammar() {
  const auto whole = Encode(EntryType::kPut, 300, "key", "value");
  Record record;
  for (size_t size = 0; size < whole.size(); size++) {
    // A copy of its own, so that the sanitizer sees a read behind the end.
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    CHECK(DecodeRecord(Bytes(cut), &record) == 0);
  }
  for (const std::vector<uint8_t>& bytes :
       std::vector<std::vector<uint8_t>>{{0, 1, 0, 0},                             // no such type
                                         {3, 1, 0, 0},                             //
                                         {1, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 0},  // a varint of more than 32 bits
                                         {1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 0},  // of more than 5 bytes
                                         {2, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 'k'},  // a key longer than the payload
                                         {1, 1, 1, 'k', 0xff, 0xff, 0xff, 0xff, 0x0f, 0}}
       // a value longer than the payload
  ) {
    CHECK(DecodeRecord(Bytes(bytes), &record) == 0);
  }
}

void TestDamagedBytes() {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20000; i++) {
    std::vector<uint8_t> bytes = Encode(EntryType::kPut, 1, "some key", "some value");
    for (uint64_t flips = 1 + random() % 4; flips > 0; flips--) {
      bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << random() % 8);
    }
    Record record;
    const size_t size = DecodeRecord(Bytes(bytes), &record);
    CHECK(size <= bytes.size());
    CHECK(size == 0 || record.key.size + record.value.size < size);
  }
}

void TestApply() {
  MemtableSet set;
  const auto first = MemtableRegistry::Create(1);
  const auto second = MemtableRegistry::Create(2);
  set.Set(first);
  set.Set(second);
  std::vector<uint8_t> payload;
  std::vector<size_t> offsets;
  const auto append = [&](const std::vector<uint8_t>& record) {
    offsets.push_back(payload.size());
    payload.insert(payload.end(), record.begin(), record.end());
  };
  append(Encode(EntryType::kPut, 1, "a", "1"));
  append(Encode(EntryType::kPut, 2, "a", "2"));
  append(Encode(EntryType::kDelete, 1, "a", ""));
  append(Encode(EntryType::kPut, 1, "b", "3"));

  MemtableSet::Result result = set.Apply(Bytes(payload), 10);
  CHECK(result.ok && result.records == 4);
  const std::string a = "a";
  const std::string b = "b";
  CHECK(StringOf(first->Find(SliceOf(a), 10)->value()) == "1");
  CHECK(first->Find(SliceOf(a), 20)->type() == EntryType::kDelete);
  CHECK(first->Find(SliceOf(a), 20)->sequence() == 12);
  CHECK(StringOf(second->Find(SliceOf(a), 11)->value()) == "2");
  CHECK(first->Find(SliceOf(b), 12) == nullptr);
  CHECK(set.Apply(Slice(), 20).ok);

  // Nothing of a payload is applied when its last record is cut off, or of a tree that is not there or frozen.
  const std::vector<uint8_t> cut(payload.begin(), payload.end() - 1);
  result = set.Apply(Bytes(cut), 30);
  CHECK(!result.ok && result.fault_offset == offsets[3]);
  second->Freeze();
  result = set.Apply(Bytes(payload), 30);
  CHECK(!result.ok && result.fault_offset == offsets[1]);
  set.Remove(1);
  result = set.Apply(Bytes(payload), 30);
  CHECK(!result.ok && result.fault_offset == 0);
  CHECK(first->entry_count() == 3 && second->entry_count() == 1);
}

}  // namespace

int main() {
  TestGoldenBytes();
  TestRoundTrip();
  TestBrokenGrammar();
  TestDamagedBytes();
  TestApply();
  return 0;
}
