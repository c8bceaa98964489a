#include "binding/addon.h"
#include "core/crc32c.h"

namespace varve::binding {
namespace {

// crc32c(bytes, seed): number
napi_value Checksum(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  bool ok = false;
  const Slice bytes = BytesOf(env, arguments[0], &ok);
  uint32_t seed = 0;
  if (!ok || (count > 1 && napi_get_value_uint32(env, arguments[1], &seed) != napi_ok)) {
    napi_throw_type_error(env, nullptr, "crc32c takes a Uint8Array and a number");
    return nullptr;
  }
  napi_value result;
  napi_create_uint32(env, Crc32c(seed, bytes.data, bytes.size), &result);
  return result;
}

}  // namespace

void RegisterChecksum(Napi::Env env, Napi::Object exports) {
  napi_value function;
  napi_create_function(env, "crc32c", NAPI_AUTO_LENGTH, Checksum, nullptr, &function);
  exports.Set("crc32c", Napi::Value(env, function));
}

}  // namespace varve::binding
