// The memtables that take writes, by tree id: where a batch of records, or a log that is replayed, is applied.
//
// Owns a share of each memtable. Used by the one thread that writes them.
#ifndef VARVE_CORE_MEMTABLE_MEMTABLE_SET_H_
#define VARVE_CORE_MEMTABLE_MEMTABLE_SET_H_

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "core/memtable/memtable.h"
#include "core/memtable/record.h"
#include "core/slice.h"

namespace varve {

class MemtableSet {
 public:
  struct Result {
    bool ok;
    // Records in the payload (up to the fault).
    uint64_t records;
    // Where in the payload the record begins that broke the grammar or names a tree without a memtable here.
    size_t fault_offset;
  };

  // Writes to the memtable's tree go to it from now on.
  void Set(std::shared_ptr<Memtable> memtable);
  void Remove(uint32_t tree_id);

  // Applies every record of `payload`, or none: the whole payload is checked first. The n-th has the sequence number
  // `first_sequence` + n. A frozen memtable counts as none.
  // REQUIRES: first_sequence + payload.size <= kMaxSequence
  Result Apply(Slice payload, uint64_t first_sequence);

 private:
  Memtable* Find(uint32_t tree_id);
  Result Check(Slice payload);
  void Prefetch(const Record* records, size_t count);

  std::unordered_map<uint32_t, std::shared_ptr<Memtable>> memtables_;
  // The last one found: neighbouring records are mostly of one tree.
  Memtable* last_ = nullptr;
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_MEMTABLE_SET_H_
