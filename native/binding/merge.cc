// Merge of src/native.ts.
#include "core/merge/merge.h"

#include <cmath>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/handle.h"
#include "binding/merge_options.h"
#include "core/memtable/memtable_cursor.h"
#include "core/memtable/memtable_registry.h"

namespace varve::binding {
namespace {

// mergeStatus of src/native.ts.
constexpr int32_t kNeedInput = 0;
constexpr int32_t kBlock = 1;
constexpr int32_t kFileEnd = 2;
constexpr int32_t kDone = 3;
constexpr int32_t kCorrupt = 4;
constexpr int32_t kNeedRoom = 5;

int32_t StatusCode(Merge::Status status) {
  switch (status) {
    case Merge::Status::kNeedInput:
      return kNeedInput;
    case Merge::Status::kBlock:
      return kBlock;
    case Merge::Status::kFileEnd:
      return kFileEnd;
    case Merge::Status::kDone:
      return kDone;
    case Merge::Status::kCorrupt:
      return kCorrupt;
    case Merge::Status::kNeedRoom:
      return kNeedRoom;
    case Merge::Status::kMisplaced:
      return kCorrupt;  // never told: it throws
  }
  return kCorrupt;
}

// The numbers of a Float64Array with room for `least`; null otherwise (also when its memory was transferred away).
double* StatusOf(napi_env env, napi_value value, size_t least = 2) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return nullptr;
  return type == napi_float64_array && length >= least ? static_cast<double*>(data) : nullptr;
}

// A cursor over all versions of the memtable; null, and an exception is pending, when there is none to read.
std::unique_ptr<EntryCursor> OpenMemtable(napi_env env, uint64_t id) {
  std::shared_ptr<Memtable> memtable = MemtableRegistry::Find(id);
  if (memtable == nullptr) {
    ThrowError(env, "STORE_CLOSED", "no memtable has this id (any more)");
    return nullptr;
  }
  if (!memtable->frozen()) {
    ThrowError(env, "INVARIANT", "a memtable is merged only once it is frozen");
    return nullptr;
  }
  return MemtableCursor::AllVersions(std::move(memtable));
}

// new Merge(options, status). The status array is a fixed property of the instance, so that it lives as long.
napi_value Construct(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_value self;
  if (!CheckNew(env, info)) return nullptr;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  if (StatusOf(env, arguments[1]) == nullptr) return ThrowTypeError(env, "status must be a Float64Array of at least 2");
  MergeOptions options;
  bool has_memtable = false;
  uint64_t memtable_id = 0;
  if (!TakeMergeOptions(env, arguments[0], &options, &has_memtable, &memtable_id)) return nullptr;
  std::unique_ptr<EntryCursor> memtable;
  if (has_memtable && (memtable = OpenMemtable(env, memtable_id)) == nullptr) return nullptr;
  const napi_property_descriptor property = {"status", nullptr,      nullptr,      nullptr,
                                             nullptr,  arguments[1], napi_default, nullptr};
  if (napi_define_properties(env, self, 1, &property) != napi_ok) return nullptr;
  auto merge = std::make_shared<Merge>(std::move(options), std::move(memtable));
  return Wrap<Merge>(env, self, nullptr, std::move(merge)) ? self : nullptr;
}

// The merge of the receiver; throws when there is none.
Merge* MergeOf(napi_env env, napi_value self) {
  Handle<Merge>* handle = UnwrapThis<Merge>(env, self);
  if (handle == nullptr) return nullptr;
  if (handle->object == nullptr) ThrowError(env, "STORE_CLOSED", "the merge was closed");
  return handle->object.get();
}

// Whether `lengths` are those of blocks that together make up `bytes`.
bool AddUp(const uint32_t* lengths, size_t count, Slice bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += lengths[i];
  return sum == bytes.size;
}

// feed(input, bytes, lengths)
napi_value Feed(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Merge* merge = MergeOf(env, self);
  if (merge == nullptr) return nullptr;
  uint64_t input = 0;
  bool ok = false;
  const Slice bytes = BytesOf(env, arguments[1], &ok);
  napi_typedarray_type type;
  size_t block_count = 0;
  void* data = nullptr;
  ok = ok && TakeInteger(env, arguments[0], &input);
  ok = ok && napi_get_typedarray_info(env, arguments[2], &type, &block_count, &data, nullptr, nullptr) == napi_ok;
  const auto* lengths = static_cast<const uint32_t*>(data);
  if (!ok || type != napi_uint32_array || input > UINT32_MAX || !AddUp(lengths, block_count, bytes)) {
    return ThrowTypeError(env, "feed takes an input, a Uint8Array and a Uint32Array of lengths that add up to it");
  }
  if (!merge->CanFeed(static_cast<uint32_t>(input))) {
    return ThrowError(env, "INVARIANT", "the merge has no such input, or it was finished");
  }
  size_t start = 0;
  for (size_t i = 0; i < block_count; i++) {
    merge->Feed(static_cast<uint32_t>(input), Slice(bytes.data + start, lengths[i]));
    start += lengths[i];
  }
  return nullptr;
}

// finish(input)
napi_value Finish(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_value self;
  napi_get_cb_info(env, info, &count, &argument, &self, nullptr);
  Merge* merge = MergeOf(env, self);
  if (merge == nullptr) return nullptr;
  uint64_t input = 0;
  if (!TakeInteger(env, argument, &input) || input >= merge->input_count()) {
    return ThrowTypeError(env, "finish takes the number of an input");
  }
  merge->Finish(static_cast<uint32_t>(input));
  return nullptr;
}

// step(out): number
napi_value Step(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_value self;
  napi_get_cb_info(env, info, &count, &argument, &self, nullptr);
  Merge* merge = MergeOf(env, self);
  if (merge == nullptr) return nullptr;
  napi_value status_value = nullptr;
  napi_get_named_property(env, self, "status", &status_value);
  double* status = StatusOf(env, status_value);
  bool ok = false;
  const Slice out = BytesOf(env, argument, &ok);
  if (!ok || status == nullptr) return ThrowTypeError(env, "step takes a Uint8Array, and status must not be detached");
  if (merge->awaits_place()) return ThrowError(env, "INVARIANT", "placeBlock must follow the block given out");
  uint64_t detail = 0;
  const int32_t code = StatusCode(merge->Step(const_cast<uint8_t*>(out.data), out.size, &detail));
  status[0] = code;
  status[1] = static_cast<double>(detail);
  napi_value result;
  napi_create_int32(env, code, &result);
  return result;
}

// fill(out, offset, seed): number
napi_value Fill(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Merge* merge = MergeOf(env, self);
  if (merge == nullptr) return nullptr;
  napi_value status_value = nullptr;
  napi_get_named_property(env, self, "status", &status_value);
  double* status = StatusOf(env, status_value, 3);
  bool ok = false;
  const Slice out = BytesOf(env, arguments[0], &ok);
  uint64_t offset = 0;
  uint64_t seed = 0;
  ok = ok && TakeInteger(env, arguments[1], &offset) && TakeInteger(env, arguments[2], &seed) && seed <= UINT32_MAX;
  if (!ok || status == nullptr) {
    return ThrowTypeError(env, "fill takes a Uint8Array, an offset and a checksum, and status must have room for 3");
  }
  if (merge->awaits_place()) return ThrowError(env, "INVARIANT", "placeBlock must follow the block given out");
  size_t written = 0;
  uint64_t detail = 0;
  const Merge::Status outcome =
      merge->Fill(const_cast<uint8_t*>(out.data), out.size, offset, static_cast<uint32_t>(seed), &written, &detail);
  if (outcome == Merge::Status::kMisplaced) {
    return ThrowError(env, "INVARIANT", "blocks are placed behind the block before them");
  }
  status[0] = StatusCode(outcome);
  status[1] = static_cast<double>(detail);
  status[2] = static_cast<double>(written);
  napi_value result;
  napi_create_int32(env, StatusCode(outcome), &result);
  return result;
}

// placeBlock(offset, storedLength, checksum, compression)
napi_value PlaceBlock(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_value self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  Merge* merge = MergeOf(env, self);
  if (merge == nullptr) return nullptr;
  uint64_t numbers[4];
  for (int i = 0; i < 4; i++) {
    if (!TakeInteger(env, arguments[i], &numbers[i])) return ThrowTypeError(env, "placeBlock takes four integers");
  }
  if (!merge->awaits_place()) return ThrowError(env, "INVARIANT", "no block was given out");
  if (numbers[1] > UINT32_MAX || numbers[2] > UINT32_MAX || numbers[3] > UINT8_MAX ||
      !merge->PlaceBlock(numbers[0], static_cast<uint32_t>(numbers[1]), static_cast<uint32_t>(numbers[2]),
                         static_cast<uint8_t>(numbers[3]))) {
    return ThrowError(env, "INVARIANT",
                      "a block lies behind the block before it, is none (0) or lz4 (1), and as long as raw if none");
  }
  return nullptr;
}

napi_value CopyOf(napi_env env, Slice bytes) {
  napi_value buffer;
  napi_value array;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, bytes.size, &data, &buffer) != napi_ok) return nullptr;
  if (bytes.size > 0) std::memcpy(data, bytes.data, bytes.size);
  napi_create_typedarray(env, napi_uint8_array, bytes.size, buffer, 0, &array);
  return array;
}

// The parts of the file that ended; throws when none did.
const SSTableParts* PartsOf(napi_env env, napi_callback_info info) {
  size_t count = 0;
  napi_value self;
  napi_get_cb_info(env, info, &count, nullptr, &self, nullptr);
  Merge* merge = MergeOf(env, self);
  if (merge == nullptr) return nullptr;
  if (merge->parts() == nullptr) ThrowError(env, "INVARIANT", "parts of a file are there after fileEnd, until step");
  return merge->parts();
}

// takeIndex(): Uint8Array
napi_value TakeIndex(napi_env env, napi_callback_info info) {
  const SSTableParts* parts = PartsOf(env, info);
  return parts == nullptr ? nullptr : CopyOf(env, parts->index.slice());
}

// takeFilter(): Uint8Array
napi_value TakeFilter(napi_env env, napi_callback_info info) {
  const SSTableParts* parts = PartsOf(env, info);
  return parts == nullptr ? nullptr : CopyOf(env, parts->filter.slice());
}

void SetNumber(napi_env env, napi_value object, const char* name, uint64_t number) {
  napi_value value;
  napi_create_double(env, static_cast<double>(number), &value);
  napi_set_named_property(env, object, name, value);
}

// takeProperties(): NativeSSTableProperties
napi_value TakeProperties(napi_env env, napi_callback_info info) {
  const SSTableParts* parts = PartsOf(env, info);
  if (parts == nullptr) return nullptr;
  const SSTableProperties& properties = parts->properties;
  napi_value result;
  napi_create_object(env, &result);
  const auto& smallest = properties.smallest_key;
  const auto& largest = properties.largest_key;
  napi_set_named_property(env, result, "smallestKey", CopyOf(env, Slice(smallest.data(), smallest.size())));
  napi_set_named_property(env, result, "largestKey", CopyOf(env, Slice(largest.data(), largest.size())));
  SetNumber(env, result, "smallestSequence", properties.smallest_sequence);
  SetNumber(env, result, "largestSequence", properties.largest_sequence);
  SetNumber(env, result, "entryCount", properties.entry_count);
  SetNumber(env, result, "tombstoneCount", properties.tombstone_count);
  SetNumber(env, result, "blockCount", properties.block_count);
  SetNumber(env, result, "rawBytes", properties.raw_bytes);
  return result;
}

}  // namespace

void RegisterMerge(Napi::Env env, Napi::Object exports) {
  const napi_property_descriptor methods[] = {Method("feed", Feed),
                                              Method("finish", Finish),
                                              Method("step", Step),
                                              Method("fill", Fill),
                                              Method("placeBlock", PlaceBlock),
                                              Method("takeIndex", TakeIndex),
                                              Method("takeFilter", TakeFilter),
                                              Method("close", CloseMethod<Merge>),
                                              Method("takeProperties", TakeProperties)};
  DefineClass(env, exports, "Merge", Construct, methods);
}

}  // namespace varve::binding
