// The record of one write, as a WriteBatch and a log frame hold it:
//
//   record := type u8 (1 put, 2 delete) | treeId varint | keyLength varint | key | [type = put: valueLength varint |
//   value]
//
// varint is LEB128, low groups first, at most 5 bytes and 32 bits. The same grammar stands in src/native.ts.
// The decoder is a trust boundary: it reads nothing beyond the bytes it is given, whatever they say. Pure functions.
#ifndef VARVE_CORE_MEMTABLE_RECORD_H_
#define VARVE_CORE_MEMTABLE_RECORD_H_

#include <cstddef>
#include <cstdint>

#include "core/entry.h"
#include "core/slice.h"

namespace varve {

struct Record {
  EntryType type = EntryType::kPut;
  uint32_t tree_id = 0;
  Slice key;
  // Empty for a delete.
  Slice value;
};

// Bytes that EncodeRecord writes. REQUIRES: key and value shorter than 2^32
size_t RecordSize(const Record& record);

// Writes the record to `out`, which has room for it; returns the end. Key and value may lie in that room (memmove), and
// are then what the record holds. On return `record.key` and `record.value` are the record's own bytes.
uint8_t* EncodeRecord(Record* record, uint8_t* out);

// Reads the record at the start of `bytes`; its slices point into them. Returns its size, 0 when the grammar is broken.
size_t DecodeRecord(Slice bytes, Record* record);

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_RECORD_H_
