// TreeReader of src/native.ts.
#include "core/read/tree_reader.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"
#include "binding/reader_object.h"

namespace varve::binding {
namespace {

thread_local StringRoom key_room;

// Calls `take` for each element of the array `value`. False when it is no array or `take` refused one.
template <typename Take>
bool TakeElements(napi_env env, napi_value value, Take take) {
  uint32_t length = 0;
  if (napi_get_array_length(env, value, &length) != napi_ok) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_handle_scope scope = nullptr;
    napi_value element = nullptr;
    napi_open_handle_scope(env, &scope);
    const bool taken = napi_get_element(env, value, i, &element) == napi_ok && take(element);
    napi_close_handle_scope(env, scope);
    if (!taken) return false;
  }
  return true;
}

bool TakeTables(napi_env env, napi_value value, SSTables* tables) {
  return TakeElements(env, value, [&](napi_value element) {
    Handle<SSTable>* handle = UnwrapTagged<SSTable>(env, element, kSSTableTag);
    if (handle == nullptr || handle->object == nullptr) return false;
    tables->push_back(handle->object);
    return true;
  });
}

// setState(memtables, levels): all of it is taken, or nothing changes and it throws.
napi_value SetState(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<ReaderObject>* handle = UnwrapThis<ReaderObject>(env, self);
  if (handle == nullptr) return nullptr;
  auto state = std::make_shared<ReadState>();
  const bool taken = TakeElements(env, arguments[0],
                                  [&](napi_value element) {
                                    Handle<Memtable>* memtable = UnwrapTagged<Memtable>(env, element, kMemtableTag);
                                    if (memtable == nullptr || memtable->object == nullptr) return false;
                                    state->memtables.push_back(memtable->object);
                                    return true;
                                  }) &&
                     TakeElements(env, arguments[1], [&](napi_value element) {
                       state->levels.emplace_back();
                       return TakeTables(env, element, &state->levels.back());
                     });
  if (!taken)
    return ThrowTypeError(env, "setState takes an array of open Memtables and one of arrays of open SSTables");
  for (const auto& memtable : state->memtables) {
    if (memtable->ReadableHere()) continue;
    return ThrowError(env, "INVARIANT", "a memtable is read by another thread only once it is frozen");
  }
  handle->object->reader.SetState(std::move(state));
  return nullptr;
}

// What get comes to, short of its return value: the value's length, or -1 with the status written.
int64_t Get(ReaderObject& object, Slice key, uint64_t sequence, FoundEntry found) {
  MissingBlock missing;
  switch (object.reader.Get(key, sequence, &found, &missing)) {
    case TreeReader::Result::kFound:
      if (found.fits()) return static_cast<int64_t>(found.value_bytes());
      object.status.Write(ReadStatus::kNeedRoom, static_cast<double>(found.value_bytes()));
      return -1;
    case TreeReader::Result::kMissing:
      object.status.Write(ReadStatus::kMissing);
      return -1;
    case TreeReader::Result::kStalled:
    case TreeReader::Result::kCorrupt:
      break;
  }
  object.status.Write(missing);
  return -1;
}

// get(key, sequence, out, at), bound; a reader is never closed, so its handle is never empty
napi_value GetMethod(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  Slice key;
  uint64_t sequence = 0;
  if (!TakeBytes(env, arguments[0], key_room, &key) || !TakeInteger(env, arguments[1], &sequence)) {
    return ThrowTypeError(env, "get takes a key (Uint8Array or string), a sequence number, a Uint8Array for the value");
  }
  bool ok = false;
  const Slice out = BytesOf(env, arguments[2], &ok);
  uint64_t at = 0;
  if (!ok || (count > 3 && !TakeInteger(env, arguments[3], &at)) || at > out.size) {
    return ThrowTypeError(env, "get takes a Uint8Array for the value and where in it the value goes");
  }
  ReaderObject& object = *static_cast<Handle<ReaderObject>*>(data)->object;
  const FoundEntry found(const_cast<uint8_t*>(out.data) + at, out.size - at);
  napi_value result;
  napi_create_int64(env, Get(object, key, sequence, found), &result);
  return result;
}

// new TreeReader(cache, status)
napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<BlockCache>* cache = UnwrapTagged<BlockCache>(env, arguments[0], kBlockCacheTag);
  if (cache == nullptr || cache->object == nullptr) return ThrowTypeError(env, "TreeReader takes a BlockCache");
  auto object = std::make_shared<ReaderObject>(env, cache->object);
  if (!object->status.Hold(arguments[1])) {
    return ThrowTypeError(env, "TreeReader takes a Float64Array of at least 7 for its status");
  }
  Handle<ReaderObject>* handle = Wrap(env, self, &kTreeReaderTag, std::move(object));
  if (handle == nullptr) return nullptr;
  BindMethod(env, self, handle, "get", GetMethod);
  return self;
}

}  // namespace

void RegisterTreeReader(Napi::Env env, Napi::Object exports) {
  const napi_property_descriptor methods[] = {Method("setState", SetState)};
  DefineClass(env, exports, "TreeReader", Construct, methods);
}

}  // namespace varve::binding
