// SSTable of src/native.ts.
#include "core/sstable/sstable.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"

namespace varve::binding {
namespace {

// new SSTable(fileNumber, smallestKey, largestKey)
napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  uint64_t file_number = 0;
  bool has_smallest = false;
  bool has_largest = false;
  const Slice smallest_key = BytesOf(env, arguments[1], &has_smallest);
  const Slice largest_key = BytesOf(env, arguments[2], &has_largest);
  if (!TakeInteger(env, arguments[0], &file_number) || !has_smallest || !has_largest) {
    return ThrowTypeError(env, "SSTable takes a file number and the smallest and the largest key as Uint8Arrays");
  }
  napi_value number;
  napi_create_double(env, static_cast<double>(file_number), &number);
  const napi_property_descriptor property = {"fileNumber", nullptr, nullptr,         nullptr,
                                             nullptr,      number,  napi_enumerable, nullptr};
  napi_define_properties(env, self, 1, &property);
  auto table = std::make_shared<SSTable>(file_number, smallest_key, largest_key);
  return Wrap(env, self, &kSSTableTag, std::move(table)) ? self : nullptr;
}

// The table of `handle`; throws when there is none.
SSTable* Check(napi_env env, Handle<SSTable>* handle) {
  if (handle == nullptr) return nullptr;
  if (handle->object != nullptr) return handle->object.get();
  ThrowError(env, "STORE_CLOSED", "the SSTable's handle was closed");
  return nullptr;
}

// load(index, filter): boolean
napi_value Load(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  SSTable* table = Check(env, UnwrapThis<SSTable>(env, self));
  if (table == nullptr) return nullptr;
  bool has_index = false;
  bool has_filter = false;
  const Slice index = BytesOf(env, arguments[0], &has_index);
  const Slice filter = BytesOf(env, arguments[1], &has_filter);
  if (!has_index || !has_filter) return ThrowTypeError(env, "load takes the index and the filter as Uint8Arrays");
  napi_value result;
  napi_get_boolean(env, table->Load(index, filter), &result);
  return result;
}

// get loaded(): boolean; false once closed. V8 does not check the receiver of an accessor: the tag does.
napi_value Loaded(napi_env env, napi_callback_info info) {
  size_t count = 0;
  napi_value self;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  Handle<SSTable>* handle = UnwrapTagged<SSTable>(env, self, kSSTableTag);
  if (handle == nullptr) return ThrowTypeError(env, "loaded was read on an object of another kind");
  napi_value result;
  napi_get_boolean(env, handle->object != nullptr && handle->object->loaded(), &result);
  return result;
}

// memoryBytes(): number
napi_value MemoryBytes(napi_env env, napi_callback_info info) {
  size_t count = 0;
  napi_value self;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  const SSTable* table = Check(env, UnwrapThis<SSTable>(env, self));
  if (table == nullptr) return nullptr;
  napi_value result;
  napi_create_double(env, static_cast<double>(table->memory_bytes()), &result);
  return result;
}

}  // namespace

void RegisterSSTable(Napi::Env env, Napi::Object exports) {
  const napi_property_descriptor methods[] = {
      Method("load", Load), Method("memoryBytes", MemoryBytes), Method("close", CloseMethod<SSTable>),
      napi_property_descriptor{"loaded", nullptr, nullptr, Loaded, nullptr, nullptr, napi_default, nullptr}};
  DefineClass(env, exports, "SSTable", Construct, methods);
}

}  // namespace varve::binding
