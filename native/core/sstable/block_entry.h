// Takes one entry of a data block apart (grammar: block_builder.h), checking it. Where the key's shared bytes come from
// is the caller's matter: block_reader.cc compares without them, block_scanner.h puts keys together.
#ifndef VARVE_CORE_SSTABLE_BLOCK_ENTRY_H_
#define VARVE_CORE_SSTABLE_BLOCK_ENTRY_H_

#include <cstdint>

#include "core/entry.h"
#include "core/slice.h"
#include "core/sstable/block_builder.h"
#include "core/sstable/coding.h"

namespace varve {

struct BlockEntry {
  uint32_t shared = 0;
  Slice suffix;  // the key without its first `shared` bytes
  uint32_t value_length = 0;
  uint64_t sequence = 0;
  EntryType type = EntryType::kPut;
};

// Returns the byte behind the entry, or null when it breaks the grammar or does not end before `limit`.
inline const uint8_t* ParseBlockEntry(const uint8_t* from, const uint8_t* limit, BlockEntry* entry) {
  uint32_t unshared;
  uint64_t tag;
  if (limit - from >= 3 && (from[0] | from[1] | from[2]) < 0x80) {
    entry->shared = from[0];
    unshared = from[1];
    entry->value_length = from[2];
    from += 3;
  } else {
    if ((from = DecodeVarint32(from, limit, &entry->shared)) == nullptr) return nullptr;
    if ((from = DecodeVarint32(from, limit, &unshared)) == nullptr) return nullptr;
    if ((from = DecodeVarint32(from, limit, &entry->value_length)) == nullptr) return nullptr;
  }
  if ((from = DecodeVarint64(from, limit, &tag)) == nullptr) return nullptr;
  if (static_cast<uint64_t>(limit - from) < unshared) return nullptr;
  const uint64_t type = tag & ((1u << kTagTypeBits) - 1);
  entry->sequence = tag >> kTagTypeBits;
  const bool is_put = type == static_cast<uint64_t>(EntryType::kPut);
  const bool is_delete = type == static_cast<uint64_t>(EntryType::kDelete) && entry->value_length == 0;
  if ((!is_put && !is_delete) || entry->sequence > kMaxSequence) return nullptr;
  entry->type = is_put ? EntryType::kPut : EntryType::kDelete;
  entry->suffix = Slice(from, unshared);
  return from + unshared;
}

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_BLOCK_ENTRY_H_
