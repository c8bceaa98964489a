// The memtables of the process by id, so that a worker thread can attach one that another thread made.
//
// The registry holds them weakly: a memtable lives as long as somebody holds its shared_ptr. Any thread may call; the
// mutex is in here alone and is never held while a memtable is used.
#ifndef VARVE_CORE_MEMTABLE_MEMTABLE_REGISTRY_H_
#define VARVE_CORE_MEMTABLE_MEMTABLE_REGISTRY_H_

#include <cstdint>
#include <memory>

#include "core/memtable/memtable.h"

namespace varve {

class MemtableRegistry {
 public:
  // A new, empty memtable with an id that no other has had.
  static std::shared_ptr<Memtable> Create(uint32_t tree_id);

  // The memtable of `id`, or nullptr when it is gone or never was.
  static std::shared_ptr<Memtable> Find(uint64_t id);

 private:
  friend class Memtable;
  static void Forget(uint64_t id);
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_MEMTABLE_REGISTRY_H_
