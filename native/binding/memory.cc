#include <malloc.h>

#include "binding/addon.h"

namespace varve::binding {
namespace {

// trimMemory(): gives free memory of the allocator back to the system, of all threads
napi_value TrimMemory(napi_env env, napi_callback_info) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  napi_value result;
  napi_get_undefined(env, &result);
  return result;
}

}  // namespace

void RegisterMemory(Napi::Env env, Napi::Object exports) {
  napi_value function;
  napi_create_function(env, "trimMemory", NAPI_AUTO_LENGTH, TrimMemory, nullptr, &function);
  exports.Set("trimMemory", Napi::Value(env, function));
}

}  // namespace varve::binding
