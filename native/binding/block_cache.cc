// BlockCache of src/native.ts.
#include "core/cache/block_cache.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"

namespace varve::binding {
namespace {

// new BlockCache(bytes)
napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value bytes_value;
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, &bytes_value, &self, nullptr);
  uint64_t bytes = 0;
  if (!TakeInteger(env, bytes_value, &bytes)) return ThrowTypeError(env, "BlockCache takes a size in bytes");
  return Wrap(env, self, &kBlockCacheTag, std::make_shared<BlockCache>(bytes)) ? self : nullptr;
}

// insert(fileNumber, offset, block)
napi_value Insert(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<BlockCache>* cache = UnwrapThis<BlockCache>(env, self);
  if (cache == nullptr) return nullptr;
  uint64_t file_number = 0;
  uint64_t offset = 0;
  bool ok = false;
  const Slice block = BytesOf(env, arguments[2], &ok);
  if (!ok || !TakeInteger(env, arguments[0], &file_number) || !TakeInteger(env, arguments[1], &offset)) {
    return ThrowTypeError(env, "insert takes a file number, an offset and a Uint8Array");
  }
  cache->object->Insert(file_number, offset, block);
  return nullptr;
}

// has(fileNumber, offset): boolean
napi_value Has(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Handle<BlockCache>* cache = UnwrapThis<BlockCache>(env, self);
  if (cache == nullptr) return nullptr;
  uint64_t file_number = 0;
  uint64_t offset = 0;
  if (!TakeInteger(env, arguments[0], &file_number) || !TakeInteger(env, arguments[1], &offset)) {
    return ThrowTypeError(env, "has takes a file number and an offset");
  }
  napi_value result;
  napi_get_boolean(env, cache->object->Has(file_number, offset), &result);
  return result;
}

// The one integer argument of erase and resize.
napi_value WithInteger(napi_env env, napi_callback_info info, const char* demand, void (BlockCache::*call)(uint64_t)) {
  size_t count = 1;
  napi_value argument;
  napi_value self;
  napi_get_cb_info(env, info, &count, &argument, &self, nullptr);
  Handle<BlockCache>* cache = UnwrapThis<BlockCache>(env, self);
  if (cache == nullptr) return nullptr;
  uint64_t integer = 0;
  if (!TakeInteger(env, argument, &integer)) return ThrowTypeError(env, demand);
  (cache->object.get()->*call)(integer);
  return nullptr;
}

// erase(fileNumber)
napi_value Erase(napi_env env, napi_callback_info info) {
  return WithInteger(env, info, "erase takes a file number", &BlockCache::Erase);
}

// resize(bytes)
napi_value Resize(napi_env env, napi_callback_info info) {
  return WithInteger(env, info, "resize takes a size in bytes", &BlockCache::Resize);
}

// statistics(): [bytes in use, blocks, hits, misses, insertions, evictions]
napi_value Statistics(napi_env env, napi_callback_info info) {
  size_t count = 0;
  napi_value self;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  Handle<BlockCache>* cache = UnwrapThis<BlockCache>(env, self);
  if (cache == nullptr) return nullptr;
  const BlockCache::Statistics sum = cache->object->statistics();
  const uint64_t numbers[] = {sum.bytes, sum.blocks, sum.hits, sum.misses, sum.insertions, sum.evictions};
  napi_value result;
  napi_create_array_with_length(env, 6, &result);
  for (uint32_t i = 0; i < 6; i++) {
    napi_value number;
    napi_create_double(env, static_cast<double>(numbers[i]), &number);
    napi_set_element(env, result, i, number);
  }
  return result;
}

}  // namespace

void RegisterBlockCache(Napi::Env env, Napi::Object exports) {
  const napi_property_descriptor methods[] = {Method("insert", Insert), Method("has", Has), Method("erase", Erase),
                                              Method("resize", Resize), Method("statistics", Statistics)};
  DefineClass(env, exports, "BlockCache", Construct, methods);
}

}  // namespace varve::binding
