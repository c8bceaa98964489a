// What the parts of the binding share: one Register function a part, called once per environment (main thread
// and each worker thread) when the addon is loaded, and the helpers that take arguments apart.
//
// The binding holds no logic: arguments in, a call of the core, status to a JavaScript value or error out.
// Arguments are checked in TypeScript (src/native.ts states what each call demands); here a wrong type throws a
// TypeError rather than crash, and nothing more.
#ifndef VARVE_BINDING_ADDON_H_
#define VARVE_BINDING_ADDON_H_

#include <napi.h>

#include "core/slice.h"

namespace varve::binding {

void RegisterChecksum(Napi::Env env, Napi::Object exports);
void RegisterMemory(Napi::Env env, Napi::Object exports);
void RegisterConstants(Napi::Env env, Napi::Object exports);
void RegisterDirectIo(Napi::Env env, Napi::Object exports);
void RegisterMemtable(Napi::Env env, Napi::Object exports);
void RegisterTreeReader(Napi::Env env, Napi::Object exports);
void RegisterTreeIterator(Napi::Env env, Napi::Object exports);
void RegisterBlockCache(Napi::Env env, Napi::Object exports);
void RegisterSSTable(Napi::Env env, Napi::Object exports);
void RegisterMerge(Napi::Env env, Napi::Object exports);

// The bytes of a Uint8Array (or Buffer), borrowed until control returns to JavaScript.
// An empty slice with `ok` false when `value` is something else.
inline Slice BytesOf(napi_env env, napi_value value, bool* ok) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  const napi_status status = napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
  *ok = status == napi_ok && type == napi_uint8_array;
  return *ok ? Slice(static_cast<const uint8_t*>(data), length) : Slice();
}

}  // namespace varve::binding

#endif  // VARVE_BINDING_ADDON_H_
