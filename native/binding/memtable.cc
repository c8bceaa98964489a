// Memtable, attachMemtable and MemtableSet of src/native.ts.
#include "core/memtable/memtable.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"
#include "core/memtable/memtable_registry.h"
#include "core/memtable/memtable_set.h"
#include "core/memtable/record.h"

namespace varve::binding {
namespace {

// Set while attachMemtable makes an instance, whose constructor then wraps it instead of a new memtable.
thread_local std::shared_ptr<Memtable> attaching;

thread_local StringRoom key_room;
thread_local StringRoom value_room;

void DefineNumber(napi_env env, napi_value object, const char* name, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  const napi_property_descriptor property = {name, nullptr, nullptr, nullptr, nullptr, value, napi_enumerable, nullptr};
  napi_define_properties(env, object, 1, &property);
}

Memtable* Check(napi_env env, Handle<Memtable>* handle) {
  if (handle == nullptr) return nullptr;
  if (handle->object != nullptr) return handle->object.get();
  ThrowError(env, "STORE_CLOSED", "the memtable's handle was closed");
  return nullptr;
}

// The memtable of a method that reads.
Memtable* Readable(napi_env env, napi_callback_info info) {
  napi_value self;
  size_t count = 0;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  Memtable* memtable = Check(env, UnwrapThis<Memtable>(env, self));
  if (memtable == nullptr || memtable->ReadableHere()) return memtable;
  ThrowError(env, "INVARIANT", "a memtable is read by another thread only once it is frozen");
  return nullptr;
}

// Writes `record` to the log and applies it; the value of put and delete.
napi_value Write(napi_env env, void* handle, Record record, uint64_t sequence, napi_value log_value,
                 napi_value offset_value) {
  Memtable* memtable = Check(env, static_cast<Handle<Memtable>*>(handle));
  if (memtable == nullptr) return nullptr;
  if (!memtable->WritableHere()) {
    return ThrowError(env, "INVARIANT", "a memtable is written by the thread that made it, and not once it is frozen");
  }
  bool ok = false;
  const Slice log = BytesOf(env, log_value, &ok);
  uint64_t offset = 0;
  if (!ok || !TakeInteger(env, offset_value, &offset) || offset > log.size) {
    return ThrowTypeError(env, "log must be a Uint8Array and logOffset lie in it");
  }
  if (record.key.size > Memtable::kMaxBytes || record.value.size > Memtable::kMaxBytes) {
    return ThrowTypeError(env, "key and value must be shorter than 4 GiB");
  }
  record.tree_id = memtable->tree_id();
  napi_value result;
  const size_t size = RecordSize(record);
  if (size > log.size - offset) {
    napi_create_int32(env, -1, &result);
    return result;
  }
  EncodeRecord(&record, const_cast<uint8_t*>(log.data) + offset);
  memtable->ApplySoon({record.type, sequence, record.key, record.value});
  napi_create_int64(env, static_cast<int64_t>(offset + size), &result);
  return result;
}

// put(sequence, key, value, log, logOffset), bound
napi_value Put(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  void* handle = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &handle);
  Record record;
  uint64_t sequence = 0;
  if (!TakeInteger(env, arguments[0], &sequence) || !TakeBytes(env, arguments[1], key_room, &record.key) ||
      !TakeBytes(env, arguments[2], value_room, &record.value)) {
    return ThrowTypeError(env, "put takes a sequence number, a key and a value (Uint8Array or string), log, logOffset");
  }
  return Write(env, handle, record, sequence, arguments[3], arguments[4]);
}

// delete(sequence, key, log, logOffset), bound
napi_value Delete(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  void* handle = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &handle);
  Record record;
  record.type = EntryType::kDelete;
  uint64_t sequence = 0;
  if (!TakeInteger(env, arguments[0], &sequence) || !TakeBytes(env, arguments[1], key_room, &record.key)) {
    return ThrowTypeError(env, "delete takes a sequence number, a key (Uint8Array or string), log, logOffset");
  }
  return Write(env, handle, record, sequence, arguments[2], arguments[3]);
}

// new Memtable(treeId)
napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value tree_id_value;
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, &tree_id_value, &self, nullptr);
  std::shared_ptr<Memtable> memtable = std::move(attaching);
  attaching.reset();
  if (memtable == nullptr) {
    uint64_t tree_id = 0;
    if (!TakeInteger(env, tree_id_value, &tree_id) || tree_id > UINT32_MAX) {
      return ThrowTypeError(env, "Memtable takes a tree id of 32 bits");
    }
    memtable = MemtableRegistry::Create(static_cast<uint32_t>(tree_id));
  }
  DefineNumber(env, self, "id", static_cast<double>(memtable->id()));
  DefineNumber(env, self, "treeId", memtable->tree_id());
  Handle<Memtable>* handle = Wrap(env, self, &kMemtableTag, std::move(memtable));
  if (handle == nullptr) return nullptr;
  BindMethod(env, self, handle, "put", Put);
  BindMethod(env, self, handle, "delete", Delete);
  return self;
}

// attachMemtable(id); the data of the function is a reference to the class.
napi_value Attach(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value id_value;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &id_value, nullptr, &data);
  uint64_t id = 0;
  if (!TakeInteger(env, id_value, &id)) return ThrowTypeError(env, "attachMemtable takes the id of a memtable");
  attaching = MemtableRegistry::Find(id);
  if (attaching == nullptr) return ThrowError(env, "STORE_CLOSED", "no memtable has this id (any more)");
  napi_value constructor = nullptr;
  napi_value instance = nullptr;
  napi_get_reference_value(env, static_cast<napi_ref>(data), &constructor);
  napi_new_instance(env, constructor, 0, nullptr, &instance);
  attaching.reset();
  return instance;
}

napi_value MemoryBytes(napi_env env, napi_callback_info info) {
  const Memtable* memtable = Readable(env, info);
  if (memtable == nullptr) return nullptr;
  napi_value result;
  napi_create_int64(env, static_cast<int64_t>(memtable->memory_bytes()), &result);
  return result;
}

napi_value EntryCount(napi_env env, napi_callback_info info) {
  const Memtable* memtable = Readable(env, info);
  if (memtable == nullptr) return nullptr;
  napi_value result;
  napi_create_int64(env, static_cast<int64_t>(memtable->entry_count()), &result);
  return result;
}

// freeze(): also when it is frozen already.
napi_value Freeze(napi_env env, napi_callback_info info) {
  Memtable* memtable = Readable(env, info);
  if (memtable != nullptr) memtable->Freeze();
  return nullptr;
}

// ---------------------------------------------------------------------------------------------- MemtableSet

napi_value ConstructSet(napi_env env, napi_callback_info info) {
  size_t count = 0;
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  return Wrap(env, self, nullptr, std::make_shared<MemtableSet>()) ? self : nullptr;
}

// set(memtable)
napi_value Set(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_value self;
  napi_get_cb_info(env, info, &count, &argument, &self, nullptr);
  Handle<MemtableSet>* set = UnwrapThis<MemtableSet>(env, self);
  if (set == nullptr) return nullptr;
  Handle<Memtable>* handle = UnwrapTagged<Memtable>(env, argument, kMemtableTag);
  if (handle == nullptr) return ThrowTypeError(env, "set takes a Memtable");
  if (Check(env, handle) == nullptr) return nullptr;
  if (!handle->object->WritableHere()) {
    return ThrowError(env, "INVARIANT", "a memtable is written by the thread that made it, and not once it is frozen");
  }
  set->object->Set(handle->object);
  return nullptr;
}

// remove(treeId)
napi_value Remove(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_value self;
  napi_get_cb_info(env, info, &count, &argument, &self, nullptr);
  Handle<MemtableSet>* set = UnwrapThis<MemtableSet>(env, self);
  if (set == nullptr) return nullptr;
  uint64_t tree_id = 0;
  if (!TakeInteger(env, argument, &tree_id) || tree_id > UINT32_MAX) {
    return ThrowTypeError(env, "remove takes a tree id of 32 bits");
  }
  set->object->Remove(static_cast<uint32_t>(tree_id));
  return nullptr;
}

// apply(payload, start, end, firstSequence)
napi_value Apply(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<MemtableSet>* set = UnwrapThis<MemtableSet>(env, self);
  if (set == nullptr) return nullptr;
  bool ok = false;
  const Slice bytes = BytesOf(env, arguments[0], &ok);
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t first = 0;
  if (!ok || !TakeInteger(env, arguments[1], &start) || !TakeInteger(env, arguments[2], &end) || start > end ||
      end > bytes.size || !TakeInteger(env, arguments[3], &first) || first > kMaxSequence - (end - start)) {
    return ThrowTypeError(env, "apply takes a Uint8Array, the start and end of its payload, a sequence number");
  }
  const MemtableSet::Result result = set->object->Apply(Slice(bytes.data + start, end - start), first);
  napi_value value;
  napi_create_int64(
      env, result.ok ? static_cast<int64_t>(result.records) : -1 - static_cast<int64_t>(start + result.fault_offset),
      &value);
  return value;
}

}  // namespace

void RegisterMemtable(Napi::Env env, Napi::Object exports) {
  const napi_property_descriptor methods[] = {Method("memoryBytes", MemoryBytes), Method("entryCount", EntryCount),
                                              Method("freeze", Freeze), Method("close", CloseMethod<Memtable>)};
  const napi_value memtable = DefineClass(env, exports, "Memtable", Construct, methods);
  const napi_property_descriptor set_methods[] = {Method("set", Set), Method("remove", Remove), Method("apply", Apply)};
  DefineClass(env, exports, "MemtableSet", ConstructSet, set_methods);

  // Lives as long as the environment.
  napi_ref reference = nullptr;
  napi_value attach = nullptr;
  napi_create_reference(env, memtable, 1, &reference);
  napi_create_function(env, "attachMemtable", NAPI_AUTO_LENGTH, Attach, reference, &attach);
  napi_set_named_property(env, exports, "attachMemtable", attach);
}

}  // namespace varve::binding
