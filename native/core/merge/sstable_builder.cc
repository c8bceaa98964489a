#include "core/merge/sstable_builder.h"

#include <utility>

#include "core/sstable/key_hash.h"

namespace varve {

void SSTableBuilder::Add(Slice key, bool is_new_key, uint64_t sequence, EntryType type, Slice value) {
  if (is_new_key) {
    filter_.Add(KeyHash(key));
    last_key_.Clear();
    last_key_.Append(key);
  }
  if (properties_.entry_count == 0) properties_.smallest_key.assign(key.data, key.data + key.size);
  properties_.entry_count++;
  properties_.raw_bytes += key.size + value.size;
  if (type == EntryType::kDelete) properties_.tombstone_count++;
  if (sequence < properties_.smallest_sequence) properties_.smallest_sequence = sequence;
  if (sequence > properties_.largest_sequence) properties_.largest_sequence = sequence;
  block_.Add(key, sequence, type, value);
}

void SSTableBuilder::CloseBlock(const Slice* next_key) {
  closed_bytes_ += block_.size();
  properties_.block_count++;
  separator_.Clear();
  if (next_key != nullptr) {
    AppendSeparator(last_key_.slice(), *next_key, &separator_);
  } else {
    separator_.Append(last_key_.slice());
  }
}

bool SSTableBuilder::PlaceBlock(uint64_t offset, uint32_t stored_length, uint32_t checksum, uint8_t compression) {
  const BlockHandle handle{offset, stored_length, static_cast<uint32_t>(block_.size()), checksum, compression};
  if (!index_.Add(separator_.slice(), handle)) return false;
  block_.Reset();
  return true;
}

SSTableParts SSTableBuilder::Finish() {
  SSTableParts parts;
  parts.index = index_.Finish();
  parts.filter = filter_.Finish();
  const Slice last = last_key_.slice();
  properties_.largest_key.assign(last.data, last.data + last.size);
  parts.properties = std::move(properties_);
  properties_ = SSTableProperties();
  closed_bytes_ = 0;
  return parts;
}

}  // namespace varve
