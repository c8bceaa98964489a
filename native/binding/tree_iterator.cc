// TreeIterator of src/native.ts.
#include "core/read/tree_iterator.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"
#include "binding/reader_object.h"

namespace varve::binding {
namespace {

struct IteratorObject {
  IteratorObject(napi_env env, const TreeReader& reader, uint64_t sequence, KeyBounds bounds, bool reverse)
      : iterator(reader.state(), reader.cache(), sequence, std::move(bounds), reverse), status(env) {}

  TreeIterator iterator;
  StatusArray status;
};

// The property of `bounds`; undefined when it is absent.
bool TakeProperty(napi_env env, napi_value bounds, const char* name, napi_value* value, napi_valuetype* type) {
  return napi_get_named_property(env, bounds, name, value) == napi_ok && napi_typeof(env, *value, type) == napi_ok;
}

bool TakeFlag(napi_env env, napi_value bounds, const char* name, bool* flag) {
  napi_value value = nullptr;
  napi_valuetype type = napi_undefined;
  if (!TakeProperty(env, bounds, name, &value, &type)) return false;
  return type == napi_undefined || napi_get_value_bool(env, value, flag) == napi_ok;
}

bool TakeBound(napi_env env, napi_value bounds, const char* name, const char* inclusive_name, KeyBound* bound) {
  napi_value value = nullptr;
  napi_valuetype type = napi_undefined;
  if (!TakeProperty(env, bounds, name, &value, &type)) return false;
  if (type != napi_undefined) {
    bool ok = false;
    const Slice key = BytesOf(env, value, &ok);
    if (!ok) return false;
    bound->present = true;
    bound->key.assign(key.data, key.data + key.size);
  }
  return TakeFlag(env, bounds, inclusive_name, &bound->inclusive);
}

bool TakeBounds(napi_env env, napi_value value, KeyBounds* bounds, bool* reverse) {
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return false;
  return TakeBound(env, value, "lower", "lowerInclusive", &bounds->lower) &&
         TakeBound(env, value, "upper", "upperInclusive", &bounds->upper) && TakeFlag(env, value, "reverse", reverse);
}

// new TreeIterator(reader, sequence, bounds, status)
napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<ReaderObject>* reader = UnwrapTagged<ReaderObject>(env, arguments[0], kTreeReaderTag);
  uint64_t sequence = 0;
  KeyBounds bounds;
  bool reverse = false;
  if (reader == nullptr || !TakeInteger(env, arguments[1], &sequence) ||
      !TakeBounds(env, arguments[2], &bounds, &reverse)) {
    return ThrowTypeError(env, "TreeIterator takes a TreeReader, a sequence number, bounds and a status array");
  }
  auto object = std::make_shared<IteratorObject>(env, reader->object->reader, sequence, std::move(bounds), reverse);
  if (!object->status.Hold(arguments[3])) {
    return ThrowTypeError(env, "TreeIterator takes a Float64Array of at least 7 for its status");
  }
  return Wrap(env, self, nullptr, std::move(object)) ? self : nullptr;
}

bool WriteStatus(IteratorObject& object, const TreeIterator::Filled& filled) {
  switch (filled.stop) {
    case TreeIterator::Stop::kEnd:
      return object.status.Write(ReadStatus::kEnd);
    case TreeIterator::Stop::kFull:
      return object.status.Write(ReadStatus::kFull);
    case TreeIterator::Stop::kNeedRoom:
      return object.status.Write(ReadStatus::kNeedRoom, static_cast<double>(filled.room));
    case TreeIterator::Stop::kStalled:
    case TreeIterator::Stop::kCorrupt:
      break;
  }
  return object.status.Write(object.iterator.missing());
}

// fill(out, maxEntries)
napi_value Fill(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<IteratorObject>* handle = UnwrapThis<IteratorObject>(env, self);
  if (handle == nullptr) return nullptr;
  if (handle->object == nullptr) return ThrowError(env, "STORE_CLOSED", "the iterator was closed");
  bool ok = false;
  const Slice out = BytesOf(env, arguments[0], &ok);
  uint64_t max_entries = 0;
  if (!ok || !TakeInteger(env, arguments[1], &max_entries)) {
    return ThrowTypeError(env, "fill takes a Uint8Array and a number of entries");
  }
  if (max_entries > UINT32_MAX) max_entries = UINT32_MAX;
  const TreeIterator::Filled filled =
      handle->object->iterator.Fill(const_cast<uint8_t*>(out.data), out.size, static_cast<uint32_t>(max_entries));
  if (!WriteStatus(*handle->object, filled)) return nullptr;
  napi_value result;
  napi_create_uint32(env, filled.entries, &result);
  return result;
}

}  // namespace

void RegisterTreeIterator(Napi::Env env, Napi::Object exports) {
  const napi_property_descriptor methods[] = {Method("fill", Fill), Method("close", CloseMethod<IteratorObject>)};
  DefineClass(env, exports, "TreeIterator", Construct, methods);
}

}  // namespace varve::binding
