// libFuzzer entry: a data block of any bytes. Built by hand where there is clang:
//   clang++ -std=c++17 -g -fsanitize=fuzzer,address,undefined -Inative native/fuzz/sstable_block_fuzz.cc
//     native/core/sstable/*.cc native/core/merge/*.cc native/core/cache/*.cc
#include "core/merge/merge.h"
#include "core/sstable/block_cursor.h"
#include "core/sstable/block_reader.h"

using namespace varve;
using Step = BlockCursor::Step;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first bytes are the key to look for, the rest is the block.
  const size_t key_size = size < 4 ? size : 4;
  const Slice key(data, key_size);
  const Slice block(data + key_size, size - key_size);
  BlockReader reader;
  BlockCursor cursor;
  if (!reader.Open(block) || !cursor.Open(block)) return 0;
  Slice value;
  uint64_t sequence = 0;
  reader.Lookup(key, kMaxSequence, &value, &sequence);
  if (cursor.Seek(key, kMaxSequence) == Step::kEntry) cursor.Previous();
  if (cursor.SeekForPrevious(key) == Step::kEntry) cursor.Next();
  for (Step step = cursor.SeekToLast(); step == Step::kEntry;) step = cursor.Previous();
  for (Step step = cursor.SeekToFirst(); step == Step::kEntry;) step = cursor.Next();

  MergeOptions options;
  options.input_count = 1;
  Merge merge(options, nullptr);
  merge.Feed(0, block);
  merge.Finish(0);
  std::vector<uint8_t> out(2 * size + 65536);
  uint64_t detail = 0;
  uint64_t offset = 0;
  for (;;) {
    const Merge::Status status = merge.Step(out.data(), out.size(), &detail);
    if (status == Merge::Status::kBlock) {
      if (!merge.PlaceBlock(offset, static_cast<uint32_t>(detail), 0, 0)) __builtin_trap();
      offset += detail;
    } else if (status == Merge::Status::kNeedRoom) {
      out.resize(detail);
    } else if (status != Merge::Status::kFileEnd) {
      return 0;
    }
  }
}
