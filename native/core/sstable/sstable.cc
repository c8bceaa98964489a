#include "core/sstable/sstable.h"

#include <utility>

#include "core/sstable/block_reader.h"
#include "core/sstable/sstable_cursor.h"

namespace varve {

SSTable::SSTable(uint64_t file_number, Slice smallest_key, Slice largest_key)
    : file_number_(file_number),
      smallest_key_(smallest_key.data, smallest_key.data + smallest_key.size),
      largest_key_(largest_key.data, largest_key.data + largest_key.size) {}

SSTable::~SSTable() { delete contents_.load(); }

bool SSTable::Load(Slice index, Slice filter) {
  const std::lock_guard<std::mutex> lock(load_mutex_);
  if (loaded()) return true;
  auto contents = std::make_unique<Contents>();
  if (!contents->index.Decode(index) || !contents->filter.Decode(filter)) return false;
  contents_.store(contents.release(), std::memory_order_release);
  return true;
}

size_t SSTable::memory_bytes() const {
  const Contents* const loaded = contents();
  size_t bytes = sizeof(SSTable) + smallest_key_.capacity() + largest_key_.capacity();
  if (loaded != nullptr) bytes += sizeof(Contents) + loaded->index.memory_bytes() + loaded->filter.memory_bytes();
  return bytes;
}

namespace {

// Looks `key` up in a data block and copies what it finds.
BlockReader::Result LookupIn(Slice bytes, Slice key, uint64_t sequence, FoundEntry* entry) {
  BlockReader::Prefetch(bytes);
  BlockReader block;
  if (!block.Open(bytes)) return BlockReader::Result::kCorrupt;
  Slice value;
  uint64_t found_sequence = 0;
  const BlockReader::Result result = block.Lookup(key, sequence, &value, &found_sequence);
  if (result == BlockReader::Result::kFound) entry->Take(value, found_sequence);
  if (result == BlockReader::Result::kDeleted) entry->Take(Slice(), found_sequence);
  return result;
}

}  // namespace

SSTable::Result SSTable::Lookup(Slice key, uint64_t key_hash, uint64_t sequence, BlockCache& cache, FoundEntry* entry,
                                MissingBlock* missing) const {
  const Contents* const loaded = contents();
  if (loaded != nullptr) loaded->filter.Prefetch(key_hash);
  if (!Covers(key)) return Result::kAbsent;
  if (loaded == nullptr) {
    *missing = MissingBlock();
    missing->kind = MissingBlock::Kind::kFile;
    missing->file_number = file_number_;
    return Result::kStalled;
  }
  if (!loaded->filter.MayContain(key_hash)) return Result::kAbsent;
  const IndexReader& index = loaded->index;
  for (size_t i = index.Find(key); i < index.block_count(); i++) {
    BlockReader::Result result = BlockReader::Result::kCorrupt;
    const bool cached = cache.Use(file_number_, index.handle(i).offset, [&](Slice bytes) {
      if (bytes.size == index.handle(i).raw_length) result = LookupIn(bytes, key, sequence, entry);
    });
    if (!cached) {
      index.Describe(i, file_number_, MissingBlock::Kind::kBlock, missing);
      return Result::kStalled;
    }
    if (result == BlockReader::Result::kFound) return Result::kFound;
    if (result == BlockReader::Result::kDeleted) return Result::kDeleted;
    if (result == BlockReader::Result::kCorrupt) {
      index.Describe(i, file_number_, MissingBlock::Kind::kCorrupt, missing);
      return Result::kCorrupt;
    }
    // Older versions of the key lie in the next block only if the separator is the key.
    if (result == BlockReader::Result::kAbsent || index.CompareSeparator(i, key) != 0) break;
  }
  return Result::kAbsent;
}

std::unique_ptr<EntryCursor> SSTable::NewCursor(std::shared_ptr<const SSTable> table, std::shared_ptr<BlockCache> cache,
                                                MissingBlock* missing) {
  return std::make_unique<SSTableCursor>(std::move(table), std::move(cache), missing);
}

}  // namespace varve
