#include "binding/addon.h"

namespace varve::binding {
namespace {

Napi::Object Register(Napi::Env env, Napi::Object exports) {
  RegisterChecksum(env, exports);
  RegisterMemory(env, exports);
  RegisterConstants(env, exports);
  RegisterMemtable(env, exports);
  RegisterTreeReader(env, exports);
  RegisterTreeIterator(env, exports);
  RegisterBlockCache(env, exports);
  RegisterSSTable(env, exports);
  RegisterMerge(env, exports);
  RegisterDirectIo(env, exports);
  return exports;
}

NODE_API_MODULE(varve, Register)

}  // namespace
}  // namespace varve::binding
