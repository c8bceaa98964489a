// The Float64Array in which JavaScript owns the status of a reader's calls (readStatus in src/native.ts).
//
// Held by a strong reference. Its memory is asked for anew at each write, so that an array whose buffer was detached
// throws instead of being written to. Belongs to one environment and its thread.
#ifndef VARVE_BINDING_STATUS_ARRAY_H_
#define VARVE_BINDING_STATUS_ARRAY_H_

#include <node_api.h>

#include "core/entry.h"

namespace varve::binding {

// readStatus of src/native.ts
enum class ReadStatus { kFound, kMissing, kNeedRoom, kNeedFile, kNeedBlock, kEnd, kFull, kCorrupt };

class StatusArray {
 public:
  static constexpr size_t kLength = 7;

  explicit StatusArray(napi_env env) : env_(env) {}
  ~StatusArray() {
    if (reference_ != nullptr) napi_delete_reference(env_, reference_);
  }
  StatusArray(const StatusArray&) = delete;
  StatusArray& operator=(const StatusArray&) = delete;

  // False when `value` is no Float64Array of at least kLength.
  bool Hold(napi_value value) {
    return DataOf(value) != nullptr && napi_create_reference(env_, value, 1, &reference_) == napi_ok;
  }

  // Each returns false, and an exception is pending, when the array was detached.
  bool Write(ReadStatus kind, double detail = 0) {
    double* data = Data();
    if (data == nullptr) return false;
    data[0] = static_cast<double>(kind);
    data[1] = detail;
    return true;
  }

  bool Write(const MissingBlock& missing) {
    double* data = Data();
    if (data == nullptr) return false;
    data[0] = static_cast<double>(KindOf(missing));
    data[1] = static_cast<double>(missing.file_number);
    data[2] = static_cast<double>(missing.offset);
    data[3] = missing.stored_length;
    data[4] = missing.raw_length;
    data[5] = missing.checksum;
    data[6] = missing.compression;
    return true;
  }

 private:
  static ReadStatus KindOf(const MissingBlock& missing) {
    switch (missing.kind) {
      case MissingBlock::Kind::kFile:
        return ReadStatus::kNeedFile;
      case MissingBlock::Kind::kBlock:
        return ReadStatus::kNeedBlock;
      case MissingBlock::Kind::kCorrupt:
      case MissingBlock::Kind::kNone:
        break;
    }
    return ReadStatus::kCorrupt;
  }

  double* DataOf(napi_value value) {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    const napi_status status = napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr);
    if (status != napi_ok || type != napi_float64_array || length < kLength) return nullptr;
    return static_cast<double*>(data);
  }

  double* Data() {
    napi_value value = nullptr;
    napi_get_reference_value(env_, reference_, &value);
    double* data = DataOf(value);
    if (data == nullptr) napi_throw_type_error(env_, nullptr, "the status array was detached");
    return data;
  }

  napi_env env_;
  napi_ref reference_ = nullptr;
};

}  // namespace varve::binding

#endif  // VARVE_BINDING_STATUS_ARRAY_H_
