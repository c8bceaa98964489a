// Fuzz target: an index block of any bytes. Input: length of the key, the key, the block.
//
// An index that is taken has blocks that lie behind each other, separators in order, and finds as a linear search
// would; encoded again it is the same index.
#include "core/sstable/index_builder.h"
#include "core/sstable/index_reader.h"
#include "fuzz/fuzz_input.h"

using namespace varve;
using namespace varve::fuzz;

namespace {

size_t FindPlainly(const IndexReader& index, Slice key) {
  size_t i = 0;
  while (i < index.block_count() && index.CompareSeparator(i, key) < 0) i++;
  return i;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const OwnedBytes key = input.ShortBytes();
  const OwnedBytes block = input.Rest();
  IndexReader index;
  if (!index.Decode(block.slice())) {
    FUZZ_CHECK(index.block_count() == 0);
    return 0;
  }
  FUZZ_CHECK(index.block_count() > 0 && index.block_count() <= block.slice().size / kMinIndexEntryBytes);
  // Memory is in proportion to the bytes given.
  FUZZ_CHECK(index.memory_bytes() <= 16 * block.slice().size + 256);
  uint64_t end = 0;
  for (size_t i = 0; i < index.block_count(); i++) {
    const BlockHandle& handle = index.handle(i);
    FUZZ_CHECK(IsValidHandle(handle) && handle.offset >= end);
    end = handle.offset + handle.stored_length;
    MissingBlock missing;
    index.Describe(i, 7, MissingBlock::Kind::kBlock, &missing);
    FUZZ_CHECK(missing.offset == handle.offset && missing.raw_length == handle.raw_length);
  }
  for (size_t cut = 0; cut <= key.slice().size; cut++) {
    const Slice wanted(key.slice().data, cut);
    FUZZ_CHECK(index.Find(wanted) == FindPlainly(index, wanted));
  }
  // Pieces of the block are keys that begin as the separators do.
  for (size_t from = 0; from < std::min<size_t>(block.slice().size, 24); from++) {
    const Slice wanted(block.slice().data + from, std::min<size_t>(block.slice().size - from, 20));
    FUZZ_CHECK(index.Find(wanted) == FindPlainly(index, wanted));
  }
  return 0;
}
