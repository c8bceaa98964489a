// Takes the arguments of hot calls apart with as few calls of N-API as will do.
//
// A string stands for its UTF-8 bytes: they are written into a buffer of the thread that is used again by the next
// call, so no JavaScript object is made for them. Slices are good until control returns to JavaScript.
#ifndef VARVE_BINDING_ARGUMENTS_H_
#define VARVE_BINDING_ARGUMENTS_H_

#include <node_api.h>

#include <cstdint>
#include <vector>

#include "binding/addon.h"
#include "core/entry.h"
#include "core/slice.h"

namespace varve::binding {

// Where a string argument is put as UTF-8; one for each such argument of a call.
class StringRoom {
 public:
  // False when `value` is no string.
  bool Take(napi_env env, napi_value value, Slice* bytes) {
    if (room_.size() > kKeptBytes) room_ = std::vector<uint8_t>();
    if (room_.empty()) room_.resize(kFirstBytes);
    size_t size = 0;
    if (napi_get_value_string_utf8(env, value, Text(), room_.size(), &size) != napi_ok) return false;
    // Fewer bytes are free than a character and the NUL may need: it can have been cut off.
    if (size + 5 > room_.size()) {
      napi_get_value_string_utf8(env, value, nullptr, 0, &size);
      room_.resize(size + 1);
      napi_get_value_string_utf8(env, value, Text(), room_.size(), &size);
    }
    *bytes = Slice(room_.data(), size);
    return true;
  }

 private:
  static constexpr size_t kFirstBytes = 4 << 10;
  // A larger room is given back at the next call.
  static constexpr size_t kKeptBytes = 1 << 20;

  char* Text() { return reinterpret_cast<char*>(room_.data()); }

  std::vector<uint8_t> room_;
};

// Bytes given as a Uint8Array or as a string. False when `value` is neither.
inline bool TakeBytes(napi_env env, napi_value value, StringRoom& room, Slice* bytes) {
  if (room.Take(env, value, bytes)) return true;
  bool ok = false;
  *bytes = BytesOf(env, value, &ok);
  return ok;
}

// An integer from 0 to kMaxSequence: a sequence number or an offset.
inline bool TakeInteger(napi_env env, napi_value value, uint64_t* integer) {
  int64_t number = 0;
  if (napi_get_value_int64(env, value, &number) != napi_ok) return false;
  if (number < 0 || number > static_cast<int64_t>(kMaxSequence)) return false;
  *integer = static_cast<uint64_t>(number);
  return true;
}

}  // namespace varve::binding

#endif  // VARVE_BINDING_ARGUMENTS_H_
