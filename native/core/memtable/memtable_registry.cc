#include "core/memtable/memtable_registry.h"

#include <mutex>
#include <unordered_map>

namespace varve {
namespace {

struct Shared {
  std::mutex mutex;
  uint64_t last_id = 0;
  std::unordered_map<uint64_t, std::weak_ptr<Memtable>> memtables;
};

// Never destroyed: threads may still let go of memtables while the process exits.
Shared& GetShared() {
  static Shared* shared = new Shared();
  return *shared;
}

}  // namespace

std::shared_ptr<Memtable> MemtableRegistry::Create(uint32_t tree_id) {
  Shared& shared = GetShared();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  const uint64_t id = ++shared.last_id;
  auto memtable = std::make_shared<Memtable>(id, tree_id);
  shared.memtables.emplace(id, memtable);
  return memtable;
}

std::shared_ptr<Memtable> MemtableRegistry::Find(uint64_t id) {
  Shared& shared = GetShared();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  const auto found = shared.memtables.find(id);
  return found == shared.memtables.end() ? nullptr : found->second.lock();
}

void MemtableRegistry::Forget(uint64_t id) {
  Shared& shared = GetShared();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  shared.memtables.erase(id);
}

}  // namespace varve
