// What a tree's reads look at: its memtables and SSTables, newest data first. Never changed once it is made; a reader
// swaps to a new one whole, and reads under way keep the one they began with.
#ifndef VARVE_CORE_READ_READ_STATE_H_
#define VARVE_CORE_READ_READ_STATE_H_

#include <memory>
#include <vector>

#include "core/memtable/memtable.h"
#include "core/sstable/sstable.h"

namespace varve {

using SSTables = std::vector<std::shared_ptr<const SSTable>>;

struct ReadState {
  // Newest first: the active one, then the frozen ones.
  std::vector<std::shared_ptr<const Memtable>> memtables;
  // levels[0] newest first, its key ranges may overlap; each further level sorted by key and disjoint.
  std::vector<SSTables> levels;
};

// The first of tables[begin, end), sorted and disjoint, whose largest key is >= `key`; `end` when there is none.
inline size_t FirstTableUpFrom(const SSTables& tables, size_t begin, size_t end, Slice key) {
  size_t low = begin;
  size_t high = end;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (tables[middle]->largest_key() < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace varve

#endif  // VARVE_CORE_READ_READ_STATE_H_
