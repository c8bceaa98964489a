// Fuzz target: one data block of any bytes through every reader of it. Input: length of the key, the key, the block.
//
// A sound block (block_model.h): walks in both directions, seeks and lookups agree with the plain decoding. Any other:
// every walk ends, and what it gives is in order.
#include "core/sstable/block_cursor.h"
#include "core/sstable/block_reader.h"
#include "fuzz/block_model.h"

using namespace varve;
using namespace varve::fuzz;
using Step = BlockCursor::Step;

namespace {

// All entries forward, in order; the cursor's last step.
std::vector<ModelEntry> WalkForward(BlockCursor& cursor, Step step, Step* last) {
  std::vector<ModelEntry> entries;
  for (; step == Step::kEntry; step = cursor.Next()) {
    entries.push_back(EntryOf(cursor));
    if (entries.size() > 1) FUZZ_CHECK(IsBefore(entries[entries.size() - 2], entries.back()));
  }
  *last = step;
  return entries;
}

// All entries backward, at most one for every four bytes.
std::vector<ModelEntry> WalkBackward(BlockCursor& cursor, Step step, size_t block_bytes) {
  std::vector<ModelEntry> entries;
  for (; step == Step::kEntry; step = cursor.Previous()) {
    entries.push_back(EntryOf(cursor));
    FUZZ_CHECK(entries.size() <= block_bytes / 4);
    if (entries.size() > 1) FUZZ_CHECK(IsBefore(entries.back(), entries[entries.size() - 2]));
  }
  return entries;
}

void CheckAt(const BlockReader& reader, BlockCursor& cursor, const std::vector<ModelEntry>& model, Slice key,
             uint64_t sequence) {
  const size_t at = LowerBound(model, key, sequence);
  const bool is_there = at < model.size() && SliceOf(model[at].key) == key;
  Slice value;
  uint64_t found = 0;
  const BlockReader::Result result = reader.Lookup(key, sequence, &value, &found);
  if (is_there) {
    const bool is_put = model[at].type == EntryType::kPut;
    FUZZ_CHECK(result == (is_put ? BlockReader::Result::kFound : BlockReader::Result::kDeleted));
    FUZZ_CHECK(found == model[at].sequence && TextOf(value) == model[at].value);
  } else {
    FUZZ_CHECK(result == (at < model.size() ? BlockReader::Result::kAbsent : BlockReader::Result::kPastEnd));
  }
  FUZZ_CHECK(cursor.Seek(key, sequence) == (at < model.size() ? Step::kEntry : Step::kEnd));
  if (at < model.size()) {
    FUZZ_CHECK(EntryOf(cursor) == model[at]);
    FUZZ_CHECK(cursor.Previous() == (at > 0 ? Step::kEntry : Step::kEnd));
    if (at > 0) FUZZ_CHECK(EntryOf(cursor) == model[at - 1]);
  }
  const size_t above = [&] {
    size_t i = at;
    while (i < model.size() && SliceOf(model[i].key) == key) i++;
    return i;
  }();
  FUZZ_CHECK(cursor.SeekForPrevious(key) == (above > 0 ? Step::kEntry : Step::kEnd));
  if (above > 0) {
    FUZZ_CHECK(EntryOf(cursor) == model[above - 1]);
    FUZZ_CHECK(cursor.Next() == (above < model.size() ? Step::kEntry : Step::kEnd));
    if (above < model.size()) FUZZ_CHECK(EntryOf(cursor) == model[above]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const OwnedBytes key = input.ShortBytes();
  const OwnedBytes block = input.Rest();
  BlockReader reader;
  BlockCursor cursor;
  const bool opens = reader.Open(block.slice());
  FUZZ_CHECK(cursor.Open(block.slice()) == opens);
  std::vector<ModelEntry> model;
  const bool is_sound = DecodeModel(block.slice(), &model);
  if (!opens) return 0;

  Step last;
  const std::vector<ModelEntry> forward = WalkForward(cursor, cursor.SeekToFirst(), &last);
  FUZZ_CHECK(last != Step::kEnd || forward.size() > 0);
  std::vector<ModelEntry> backward = WalkBackward(cursor, cursor.SeekToLast(), block.slice().size);
  if (is_sound) {
    FUZZ_CHECK(last == Step::kEnd && forward == model);
    std::reverse(backward.begin(), backward.end());
    FUZZ_CHECK(backward == model);
    CheckAt(reader, cursor, model, key.slice(), kMaxSequence);
    CheckAt(reader, cursor, model, key.slice(), model.front().sequence);
    for (const ModelEntry& entry : model) CheckAt(reader, cursor, model, SliceOf(entry.key), entry.sequence);
    return 0;
  }
  Slice value;
  uint64_t found = 0;
  const BlockReader::Result result = reader.Lookup(key.slice(), kMaxSequence, &value, &found);
  if (result == BlockReader::Result::kFound) TextOf(value);
  WalkForward(cursor, cursor.Seek(key.slice(), kMaxSequence), &last);
  WalkBackward(cursor, cursor.Seek(key.slice(), kMaxSequence), block.slice().size);
  WalkBackward(cursor, cursor.SeekForPrevious(key.slice()), block.slice().size);
  if (cursor.SeekForPrevious(key.slice()) == Step::kEntry) WalkForward(cursor, cursor.Next(), &last);
  return 0;
}
