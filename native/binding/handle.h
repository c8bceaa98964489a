// How JavaScript holds an object of the core: a class of N-API whose instances wrap a Handle, a shared_ptr to the
// object that close() lets go of. The object itself lives as long as anything in the core still shares it.
//
// Two ways to an object. As `this` of a method that napi_define_class made, V8 has already checked the receiver (a
// wrong one throws a TypeError before the method is called), so UnwrapThis takes its word. That does not hold for
// accessors and arguments: there UnwrapTagged asks for the class's type tag. Each JavaScript thread has its own
// handles.
#ifndef VARVE_BINDING_HANDLE_H_
#define VARVE_BINDING_HANDLE_H_

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace varve::binding {

// One a class whose instances are taken as arguments.
constexpr napi_type_tag kMemtableTag = {0x7661727665000001, 0x8c1f2a5be04d93a6};
constexpr napi_type_tag kBlockCacheTag = {0x7661727665000002, 0x8c1f2a5be04d93a6};
constexpr napi_type_tag kSSTableTag = {0x7661727665000003, 0x8c1f2a5be04d93a6};
constexpr napi_type_tag kTreeReaderTag = {0x7661727665000004, 0x8c1f2a5be04d93a6};

template <typename T>
struct Handle {
  // Empty once closed.
  std::shared_ptr<T> object;
  // The instance and its bound methods; the last that is collected frees the handle.
  uint32_t shares = 1;

  static void Drop(napi_env, void* data, void*) {
    auto* handle = static_cast<Handle*>(data);
    if (--handle->shares == 0) delete handle;
  }
};

inline napi_value ThrowTypeError(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

// The code is one of src/errors.ts.
inline napi_value ThrowError(napi_env env, const char* code, const char* message) {
  napi_throw_error(env, code, message);
  return nullptr;
}

// Wraps `object` in `instance`, which the class's constructor just made. Null and an exception is pending: it was
// called on an instance that is wrapped already.
template <typename T>
Handle<T>* Wrap(napi_env env, napi_value instance, const napi_type_tag* tag, std::shared_ptr<T> object) {
  auto* handle = new Handle<T>{std::move(object)};
  if (napi_wrap(env, instance, handle, Handle<T>::Drop, nullptr, nullptr) != napi_ok) {
    delete handle;
    ThrowTypeError(env, "the constructor was called on an object that it had made before");
    return nullptr;
  }
  return tag == nullptr || napi_type_tag_object(env, instance, tag) == napi_ok ? handle : nullptr;
}

// Gives `instance`, wrapped with `handle`, a bound method.
template <typename T>
void BindMethod(napi_env env, napi_value instance, Handle<T>* handle, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, handle, &function) != napi_ok) return;
  handle->shares++;
  napi_add_finalizer(env, function, handle, Handle<T>::Drop, nullptr, nullptr);
  const napi_property_descriptor property = {name, nullptr, nullptr, nullptr, nullptr, function, napi_default, nullptr};
  napi_define_properties(env, instance, 1, &property);
}

// Whether the constructor runs for `new`; else throws.
inline bool CheckNew(napi_env env, napi_callback_info info) {
  napi_value target = nullptr;
  if (napi_get_new_target(env, info, &target) == napi_ok && target != nullptr) return true;
  ThrowTypeError(env, "the class is a constructor: call it with new");
  return false;
}

// REQUIRES: a method of T's class has it as its receiver. Null, and an exception is pending: its constructor failed.
template <typename T>
Handle<T>* UnwrapThis(napi_env env, napi_value instance) {
  void* data = nullptr;
  if (napi_unwrap(env, instance, &data) == napi_ok) return static_cast<Handle<T>*>(data);
  ThrowTypeError(env, "the method was called on an object of another kind");
  return nullptr;
}

// The handle in `value` when it is an object of the class with `tag`; else null, and nothing is thrown.
template <typename T>
Handle<T>* UnwrapTagged(napi_env env, napi_value value, const napi_type_tag& tag) {
  napi_valuetype type = napi_undefined;
  bool matches = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return nullptr;
  if (napi_check_object_type_tag(env, value, &tag, &matches) != napi_ok || !matches) return nullptr;
  return napi_unwrap(env, value, &data) == napi_ok ? static_cast<Handle<T>*>(data) : nullptr;
}

// What a close() method does: the handle is empty from now on; a second call does nothing.
template <typename T>
napi_value CloseMethod(napi_env env, napi_callback_info info) {
  napi_value self;
  size_t count = 0;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  Handle<T>* handle = UnwrapThis<T>(env, self);
  if (handle != nullptr) handle->object.reset();
  return nullptr;
}

inline napi_property_descriptor Method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

// Makes the class `name` with `methods` and sets it in `exports`.
template <size_t kCount>
napi_value DefineClass(napi_env env, napi_value exports, const char* name, napi_callback constructor,
                       const napi_property_descriptor (&methods)[kCount]) {
  napi_value result = nullptr;
  napi_define_class(env, name, NAPI_AUTO_LENGTH, constructor, nullptr, kCount, methods, &result);
  napi_set_named_property(env, exports, name, result);
  return result;
}

}  // namespace varve::binding

#endif  // VARVE_BINDING_HANDLE_H_
