#include "core/sstable/block_builder.h"

#include <cstring>

#include "core/sstable/coding.h"
#include "core/sstable/common_prefix.h"

namespace varve {
namespace {

// The three lengths and the tag (53 + 3 bits: 8 bytes).
constexpr size_t kMaxEntryHeaderBytes = 3 * kMaxVarint32Bytes + 8;

}  // namespace

size_t BlockBuilder::MaxEntryBytes(size_t key_size, size_t value_size) {
  return 1 + VarintLength(key_size) + VarintLength(value_size) + 8 + key_size + value_size + kRestartBytes;
}

void BlockBuilder::Add(Slice key, uint64_t sequence, EntryType type, Slice value) {
  size_t shared = 0;
  if (restarts_.empty() || since_restart_ == restart_interval_) {
    restarts_.push_back({static_cast<uint32_t>(entries_.size()), static_cast<uint32_t>(values_.size())});
    since_restart_ = 0;
  } else {
    shared = CommonPrefix(last_key_.slice(), key);
  }
  since_restart_++;
  const size_t unshared = key.size - shared;
  uint8_t* to = entries_.Reserve(kMaxEntryHeaderBytes + unshared);
  to = EncodeVarint(to, shared);
  to = EncodeVarint(to, unshared);
  to = EncodeVarint(to, value.size);
  to = EncodeVarint(to, sequence << kTagTypeBits | static_cast<uint64_t>(type));
  if (unshared > 0) std::memcpy(to, key.data + shared, unshared);
  entries_.CommitTo(to + unshared);
  values_.Append(value);
  last_value_size_ = value.size;
  last_key_.Truncate(shared);
  last_key_.Append(Slice(key.data + shared, unshared));
}

void BlockBuilder::WriteTo(uint8_t* to) const {
  std::memcpy(to, entries_.data(), entries_.size());
  to += entries_.size();
  if (!values_.empty()) std::memcpy(to, values_.data(), values_.size());
  to += values_.size();
  for (const Restart& restart : restarts_) to = EncodeFixed32(EncodeFixed32(to, restart.entry), restart.value);
  to = EncodeFixed32(to, static_cast<uint32_t>(entries_.size()));
  to = EncodeFixed32(to, static_cast<uint32_t>(restarts_.size()));
  *to = kBlockFormat;
}

void BlockBuilder::Reset() {
  entries_.Clear();
  values_.Clear();
  last_key_.Clear();
  restarts_.clear();
  since_restart_ = 0;
}

}  // namespace varve
