#include "core/sstable/index_builder.h"

#include <cstring>

#include "core/entry.h"
#include "core/sstable/block_builder.h"
#include "core/sstable/coding.h"
#include "core/sstable/common_prefix.h"

namespace varve {
namespace {

constexpr size_t kMaxIndexEntryBytes = 3 * kMaxVarint32Bytes + kMaxVarint64Bytes + 4 + 1;

uint64_t EndOf(const BlockHandle& handle) { return handle.offset + handle.stored_length; }

}  // namespace

bool IsValidHandle(const BlockHandle& handle) {
  if (handle.stored_length == 0 || handle.raw_length < kMinBlockBytes || handle.compression > kCompressionLz4)
    return false;
  if (handle.compression == kCompressionNone && handle.stored_length != handle.raw_length) return false;
  return handle.offset <= kMaxSequence && EndOf(handle) <= kMaxSequence;  // exact in a JavaScript number
}

void AppendSeparator(Slice last, Slice next, ByteBuffer* separator) {
  // One byte more of `next` than both share lies above `last`; below `next` only if `next` is longer.
  const size_t length = CommonPrefix(last, next) + 1;
  separator->Append(length < next.size && length < last.size ? Slice(next.data, length) : last);
}

bool IndexBuilder::Add(Slice separator, const BlockHandle& handle) {
  if (!IsValidHandle(handle)) return false;
  if (!handles_.empty() && handle.offset < EndOf(handles_.back())) return false;
  handles_.push_back(handle);
  keys_.Append(separator);
  ends_.push_back(keys_.size());
  return true;
}

Slice IndexBuilder::Separator(size_t i) const {
  const size_t start = i == 0 ? 0 : ends_[i - 1];
  return Slice(keys_.data() + start, ends_[i] - start);
}

ByteBuffer IndexBuilder::Finish() {
  ByteBuffer block;
  // Separators ascend, so that what the first and the last share, all share.
  const size_t prefix = CommonPrefix(Separator(0), Separator(handles_.size() - 1));
  block.CommitTo(EncodeVarint(block.Reserve(kMaxVarint32Bytes), prefix));
  block.Append(Slice(keys_.data(), prefix));
  uint64_t end = 0;
  for (size_t i = 0; i < handles_.size(); i++) {
    const BlockHandle& handle = handles_[i];
    const Slice tail(Separator(i).data + prefix, Separator(i).size - prefix);
    uint8_t* to = EncodeVarint(block.Reserve(kMaxIndexEntryBytes + tail.size), tail.size);
    if (tail.size > 0) std::memcpy(to, tail.data, tail.size);
    to = EncodeVarint(to + tail.size, handle.offset - end);
    to = EncodeVarint(to, handle.stored_length);
    to = EncodeVarint(to, handle.raw_length);
    to = EncodeFixed32(to, handle.checksum);
    *to++ = handle.compression;
    block.CommitTo(to);
    end = EndOf(handle);
  }
  uint8_t* to = EncodeFixed32(block.Reserve(kIndexTrailerBytes), static_cast<uint32_t>(handles_.size()));
  *to++ = kIndexFormat;
  block.CommitTo(to);
  handles_.clear();
  ends_.clear();
  keys_.Clear();
  return block;
}

}  // namespace varve
