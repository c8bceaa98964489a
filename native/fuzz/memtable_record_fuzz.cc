// Fuzz target: a payload of any bytes (of a log frame or a WriteBatch) for a set with two memtables.
//
// Each record is a version of its own, or none was applied; records that decode come back from their encoding;
// memtables then hold exactly the records, in order.
#include <map>

#include "core/memtable/memtable_cursor.h"
#include "core/memtable/memtable_registry.h"
#include "core/memtable/memtable_set.h"
#include "fuzz/block_model.h"

using namespace varve;
using namespace varve::fuzz;
using State = EntryCursor::State;

namespace {

bool IsSame(const Record& a, const Record& b) {
  return a.type == b.type && a.tree_id == b.tree_id && a.key == b.key && a.value == b.value;
}

// The records up to the first fault, whatever trees they are of.
std::vector<Record> DecodeAll(Slice payload, size_t* fault_offset) {
  std::vector<Record> records;
  size_t at = 0;
  while (at < payload.size) {
    Record record;
    const size_t size = DecodeRecord(Slice(payload.data + at, payload.size - at), &record);
    if (size == 0) break;
    FUZZ_CHECK(size <= payload.size - at);
    std::vector<uint8_t> again(RecordSize(record));
    FUZZ_CHECK(again.size() <= size);  // shorter only where a varint was longer than it had to be
    Record encoded = record;
    FUZZ_CHECK(EncodeRecord(&encoded, again.data()) == again.data() + again.size());
    Record decoded;
    FUZZ_CHECK(DecodeRecord(Slice(again.data(), again.size()), &decoded) == again.size() && IsSame(decoded, record));
    records.push_back(record);
    at += size;
  }
  *fault_offset = at;
  return records;
}

void CheckMemtable(const std::shared_ptr<Memtable>& memtable, const std::vector<Record>& records) {
  std::vector<ModelEntry> model;
  for (size_t n = 0; n < records.size(); n++) {
    const Record& record = records[n];
    if (record.tree_id == memtable->tree_id())
      model.push_back({TextOf(record.key), n + 1, record.type, TextOf(record.value)});
  }
  std::sort(model.begin(), model.end(), IsBefore);
  FUZZ_CHECK(memtable->entry_count() == model.size());
  const auto cursor = MemtableCursor::AllVersions(memtable);
  std::vector<ModelEntry> walked;
  for (State state = cursor->SeekToFirst(); state == State::kEntry; state = cursor->Next())
    walked.push_back(EntryOf(*cursor));
  FUZZ_CHECK(walked == model);
  for (State state = cursor->SeekToLast(); state == State::kEntry; state = cursor->Previous()) {
    FUZZ_CHECK(!walked.empty() && EntryOf(*cursor) == walked.back());
    walked.pop_back();
  }
  FUZZ_CHECK(walked.empty());
  for (const ModelEntry& entry : model) {
    const MemtableVersion* const version = memtable->Find(SliceOf(entry.key), entry.sequence);
    FUZZ_CHECK(version != nullptr && version->sequence() == entry.sequence && TextOf(version->value()) == entry.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const OwnedBytes payload{Slice(data, size)};
  MemtableSet set;
  const auto first = MemtableRegistry::Create(0);
  const auto second = MemtableRegistry::Create(1);
  set.Set(first);
  set.Set(second);
  size_t fault_offset = 0;
  std::vector<Record> records = DecodeAll(payload.slice(), &fault_offset);
  const MemtableSet::Result result = set.Apply(payload.slice(), 1);
  FUZZ_CHECK(result.records <= records.size());
  if (result.ok) {
    FUZZ_CHECK(result.records == records.size() && fault_offset == size);
  } else {
    FUZZ_CHECK(result.fault_offset <= fault_offset && result.fault_offset < size);
    records.clear();
  }
  CheckMemtable(first, records);
  CheckMemtable(second, records);
  return 0;
}
