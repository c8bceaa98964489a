#include "core/sstable/index_reader.h"

#include <utility>

#include "core/sstable/coding.h"
#include "core/sstable/common_prefix.h"
#include "core/sstable/index_builder.h"

namespace varve {
namespace {

// One entry's handle, `end` being where the block before ends. Returns the byte behind it, or null.
const uint8_t* DecodeHandle(const uint8_t* from, const uint8_t* limit, uint64_t end, BlockHandle* handle) {
  uint64_t gap;
  if ((from = DecodeVarint64(from, limit, &gap)) == nullptr || gap > kMaxSequence) return nullptr;
  if ((from = DecodeVarint32(from, limit, &handle->stored_length)) == nullptr) return nullptr;
  if ((from = DecodeVarint32(from, limit, &handle->raw_length)) == nullptr || limit - from < 5) return nullptr;
  handle->offset = end + gap;
  handle->checksum = DecodeFixed32(from);
  handle->compression = from[4];
  return IsValidHandle(*handle) ? from + 5 : nullptr;
}

// A varint length and so many bytes.
const uint8_t* DecodeBytes(const uint8_t* from, const uint8_t* limit, Slice* bytes) {
  uint32_t length;
  if ((from = DecodeVarint32(from, limit, &length)) == nullptr) return nullptr;
  if (static_cast<size_t>(limit - from) < length) return nullptr;
  *bytes = Slice(from, length);
  return from + length;
}

}  // namespace

bool IndexReader::Decode(Slice block) {
  IndexReader reader;
  const bool ok = reader.DecodeInto(block);
  *this = ok ? std::move(reader) : IndexReader();
  return ok;
}

bool IndexReader::DecodeInto(Slice block) {
  if (block.size < kIndexTrailerBytes || block.size > UINT32_MAX) return false;
  const uint8_t* const limit = block.data + block.size - kIndexTrailerBytes;
  const uint32_t count = DecodeFixed32(limit);
  // The count is checked against the bytes there are before memory is taken for it.
  if (limit[4] != kIndexFormat || count == 0 || count > block.size / kMinIndexEntryBytes) return false;
  Slice prefix;
  const uint8_t* from = DecodeBytes(block.data, limit, &prefix);
  if (from == nullptr) return false;
  const size_t least = size_t{count} * kMinIndexEntryBytes;
  const size_t rest = static_cast<size_t>(limit - from);
  if (rest < least) return false;
  prefix_.assign(prefix.data, prefix.data + prefix.size);
  handles_.resize(count);
  words_.resize(count);
  starts_.resize(size_t{count} + 1);
  keys_.reserve(rest - least);
  Slice last;
  uint64_t end = 0;
  for (uint32_t i = 0; i < count; i++) {
    Slice tail;
    if ((from = DecodeBytes(from, limit, &tail)) == nullptr || (i > 0 && tail < last)) return false;
    if ((from = DecodeHandle(from, limit, end, &handles_[i])) == nullptr) return false;
    words_[i] = LeadingWord(tail);
    keys_.insert(keys_.end(), tail.data, tail.data + tail.size);
    starts_[i + 1] = static_cast<uint32_t>(keys_.size());
    end = handles_[i].offset + handles_[i].stored_length;
    last = tail;
  }
  return from == limit;
}

size_t IndexReader::Find(Slice key) const {
  const size_t shared = CommonPrefix(key, Slice(prefix_.data(), prefix_.size()));
  if (shared < prefix_.size()) {
    return shared == key.size || key.data[shared] < prefix_[shared] ? 0 : handles_.size();
  }
  const Slice tail(key.data + shared, key.size - shared);
  const uint64_t word = LeadingWord(tail);
  // The first separator whose word is not below; without branches, as each comparison is as good as random.
  size_t low = 0;
  for (size_t length = words_.size(); length > 0;) {
    const size_t half = length / 2;
    const bool below = words_[low + half] < word;
    low = below ? low + half + 1 : low;
    length = below ? length - half - 1 : half;
  }
  // Words that are equal say nothing: usually none or one of them, a run when keys agree in eight bytes more.
  size_t high = low;
  for (size_t step = 1; high < words_.size() && words_[high] == word; step *= 2) {
    high = step < words_.size() - high ? high + step : words_.size();
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (words_[middle] == word && Tail(middle) < tail) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

int IndexReader::CompareSeparator(size_t i, Slice key) const {
  const size_t common = key.size < prefix_.size() ? key.size : prefix_.size();
  const int order = Slice(prefix_.data(), common).compare(Slice(key.data, common));
  if (order != 0) return order;
  if (key.size < prefix_.size()) return 1;
  return Tail(i).compare(Slice(key.data + common, key.size - common));
}

void IndexReader::Describe(size_t i, uint64_t file_number, MissingBlock::Kind kind, MissingBlock* missing) const {
  const BlockHandle& handle = handles_[i];
  missing->kind = kind;
  missing->file_number = file_number;
  missing->offset = handle.offset;
  missing->stored_length = handle.stored_length;
  missing->raw_length = handle.raw_length;
  missing->checksum = handle.checksum;
  missing->compression = handle.compression;
}

size_t IndexReader::memory_bytes() const {
  return handles_.capacity() * sizeof(BlockHandle) + prefix_.capacity() + words_.capacity() * sizeof(uint64_t) +
         starts_.capacity() * sizeof(uint32_t) + keys_.capacity();
}

}  // namespace varve
