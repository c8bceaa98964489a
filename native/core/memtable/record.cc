#include "core/memtable/record.h"

#include <cstring>

namespace varve {
namespace {

size_t VarintSize(uint32_t value) {
  size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    size++;
  }
  return size;
}

uint8_t* EncodeVarint(uint32_t value, uint8_t* out) {
  while (value >= 0x80) {
    *out++ = static_cast<uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<uint8_t>(value);
  return out;
}

// Returns the byte behind the varint, or nullptr: cut off, more than 5 bytes or more than 32 bits.
const uint8_t* DecodeVarint(const uint8_t* at, const uint8_t* end, uint32_t* value) {
  uint32_t result = 0;
  for (int shift = 0; shift <= 28 && at != end; shift += 7) {
    const uint8_t byte = *at++;
    if (shift == 28 && byte > 0x0f) return nullptr;
    result |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return at;
    }
  }
  return nullptr;
}

uint8_t* EncodeBytes(Slice* bytes, uint8_t* out) {
  out = EncodeVarint(static_cast<uint32_t>(bytes->size), out);
  if (!bytes->empty()) std::memmove(out, bytes->data, bytes->size);
  bytes->data = out;
  return out + bytes->size;
}

const uint8_t* DecodeBytes(const uint8_t* at, const uint8_t* end, Slice* bytes) {
  uint32_t size = 0;
  at = DecodeVarint(at, end, &size);
  if (at == nullptr || size > static_cast<size_t>(end - at)) return nullptr;
  *bytes = Slice(at, size);
  return at + size;
}

}  // namespace

size_t RecordSize(const Record& record) {
  size_t size = 1 + VarintSize(record.tree_id) + VarintSize(static_cast<uint32_t>(record.key.size)) + record.key.size;
  if (record.type == EntryType::kPut) {
    size += VarintSize(static_cast<uint32_t>(record.value.size)) + record.value.size;
  }
  return size;
}

uint8_t* EncodeRecord(Record* record, uint8_t* out) {
  *out++ = static_cast<uint8_t>(record->type);
  out = EncodeVarint(record->tree_id, out);
  out = EncodeBytes(&record->key, out);
  if (record->type == EntryType::kPut) out = EncodeBytes(&record->value, out);
  return out;
}

size_t DecodeRecord(Slice bytes, Record* record) {
  const uint8_t* at = bytes.data;
  const uint8_t* end = at + bytes.size;
  if (at == end) return 0;
  const uint8_t type = *at++;
  if (type != static_cast<uint8_t>(EntryType::kPut) && type != static_cast<uint8_t>(EntryType::kDelete)) return 0;
  record->type = static_cast<EntryType>(type);
  at = DecodeVarint(at, end, &record->tree_id);
  if (at == nullptr) return 0;
  at = DecodeBytes(at, end, &record->key);
  if (at == nullptr) return 0;
  record->value = Slice();
  if (record->type == EntryType::kPut) at = DecodeBytes(at, end, &record->value);
  return at == nullptr ? 0 : static_cast<size_t>(at - bytes.data);
}

}  // namespace varve
