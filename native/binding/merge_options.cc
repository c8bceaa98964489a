#include "binding/merge_options.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"

namespace varve::binding {
namespace {

constexpr uint64_t kMaxInputs = 1 << 20;
constexpr uint64_t kMaxBlockBytes = uint64_t{1} << 30;
constexpr uint64_t kMaxRestartInterval = 1 << 20;
constexpr double kMaxBitsPerKey = 64;

// Reads the fields of one object; after the first fault `ok` stays false.
class Fields {
 public:
  Fields(napi_env env, napi_value object) : env_(env), object_(object) {
    napi_valuetype type = napi_undefined;
    ok_ = napi_typeof(env, object, &type) == napi_ok && type == napi_object;
  }

  bool ok() const { return ok_; }

  uint64_t Integer(const char* name, uint64_t least, uint64_t most) {
    uint64_t integer = 0;
    ok_ = ok_ && TakeInteger(env_, Get(name), &integer) && integer >= least && integer <= most;
    return integer;
  }

  double Number(const char* name, double most) {
    double number = 0;
    ok_ = ok_ && napi_get_value_double(env_, Get(name), &number) == napi_ok && number >= 0 && number <= most;
    return number;
  }

  bool Boolean(const char* name) {
    bool boolean = false;
    ok_ = ok_ && napi_get_value_bool(env_, Get(name), &boolean) == napi_ok;
    return boolean;
  }

  // Whether an optional field is there.
  bool Has(const char* name) {
    napi_valuetype type = napi_undefined;
    return ok_ && napi_typeof(env_, Get(name), &type) == napi_ok && type != napi_undefined;
  }

  std::vector<uint8_t> Bytes(const char* name) {
    bool is_bytes = false;
    const Slice bytes = ok_ ? BytesOf(env_, Get(name), &is_bytes) : Slice();
    ok_ = ok_ && is_bytes;
    return std::vector<uint8_t>(bytes.data, bytes.data + bytes.size);
  }

 private:
  // A getter that throws leaves undefined, which no field takes.
  napi_value Get(const char* name) {
    napi_value value = nullptr;
    if (napi_get_named_property(env_, object_, name, &value) != napi_ok) {
      ok_ = false;
      napi_get_undefined(env_, &value);
    }
    return value;
  }

  const napi_env env_;
  const napi_value object_;
  bool ok_;
};

}  // namespace

bool TakeMergeOptions(napi_env env, napi_value value, MergeOptions* options, bool* has_memtable,
                      uint64_t* memtable_id) {
  Fields fields(env, value);
  options->input_count = static_cast<uint32_t>(fields.Integer("inputCount", 0, kMaxInputs));
  options->oldest_read_sequence = fields.Integer("oldestReadSequence", 0, kMaxSequence);
  options->bottom = fields.Boolean("bottom");
  options->block_bytes = fields.Integer("blockBytes", 1, kMaxBlockBytes);
  options->restart_interval = static_cast<uint32_t>(fields.Integer("restartInterval", 1, kMaxRestartInterval));
  options->filter_bits_per_key = fields.Number("filterBitsPerKey", kMaxBitsPerKey);
  options->target_file_bytes = fields.Integer("targetFileBytes", 1, kMaxSequence);
  if ((*has_memtable = fields.Has("memtableId"))) *memtable_id = fields.Integer("memtableId", 0, kMaxSequence);
  if ((options->has_lower = fields.Has("lower"))) options->lower = fields.Bytes("lower");
  if ((options->has_upper = fields.Has("upper"))) options->upper = fields.Bytes("upper");
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!fields.ok() && !is_pending) ThrowTypeError(env, "Merge takes the options of NativeMergeOptions, within bounds");
  return fields.ok();
}

}  // namespace varve::binding
