// Direct I/O for one JavaScript environment (the main thread or a worker): one engine, one queue of results, one
// thread-safe function that brings them to the event loop, many at a time.
//
// No JavaScript object is made for an operation: JavaScript names it by a number, and the results arrive as pairs
// (number, result) in an array that it gave at the start. It keeps the buffers of what is in flight alive
// (src/io/real/native-engine.ts). When the environment ends, the cleanup hook waits for everything in flight before the
// buffers can go.
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "binding/addon.h"
#include "core/io/aligned_memory.h"
#include "core/io/completion_queue.h"
#include "core/io/durable_group.h"
#include "core/io/file_calls.h"
#include "core/io/io_engine.h"
#include "core/io/yielding.h"

namespace varve::binding {
namespace {

using io::Completion;
using io::DurableGroup;
using io::GroupWrite;
using io::IoOperation;
using io::IoRequest;

constexpr size_t kMaximumGroup = 16;
constexpr int64_t kMaximumDevices = 64;

// Owned by the environment: made by RegisterDirectIo, freed by its cleanup hook. JavaScript thread, except Wake.
struct EnvironmentIo {
  napi_env env = nullptr;
  std::unique_ptr<io::IoEngine> engine;
  // By the number that JavaScript gave the device; null where the engine does its work as well.
  std::vector<std::unique_ptr<io::IoEngine>> lanes;
  std::unique_ptr<io::CompletionQueue> results;
  napi_threadsafe_function wake_up = nullptr;
  // The array of the results, [id, result] pairs, kept alive by `array`.
  napi_ref array = nullptr;
  double* pairs = nullptr;
  size_t capacity = 0;
  std::vector<Completion> taken;
  size_t in_flight = 0;
  // By the slot that JavaScript gave the group.
  std::vector<std::shared_ptr<DurableGroup>> groups;
};

// Any thread of the engine.
void Wake(void* context) {
  auto* self = static_cast<EnvironmentIo*>(context);
  napi_call_threadsafe_function(self->wake_up, nullptr, napi_tsfn_nonblocking);
}

void Report(IoRequest* request, int64_t result) {
  const std::unique_ptr<IoRequest> owned(request);
  static_cast<EnvironmentIo*>(request->owner)->results->Push(request->id, result);
}

// An operation in flight keeps the event loop alive; none lets it end.
void Began(EnvironmentIo* self, size_t count) {
  if (self->in_flight == 0) napi_ref_threadsafe_function(self->env, self->wake_up);
  self->in_flight += count;
}

void Ended(EnvironmentIo* self, size_t count) {
  self->in_flight -= count;
  if (self->in_flight == 0) napi_unref_threadsafe_function(self->env, self->wake_up);
}

// Puts results into the array; returns how many.
size_t TakeResults(EnvironmentIo* self) {
  const size_t count = self->results->Pop(self->taken.data(), self->capacity);
  for (size_t i = 0; i < count; i++) {
    self->pairs[2 * i] = self->taken[i].id;
    self->pairs[2 * i + 1] = static_cast<double>(self->taken[i].result);
  }
  if (count > 0) Ended(self, count);
  return count;
}

// Brings the results to JavaScript, an array full at a time. `env` is null when the environment is going down.
void Deliver(napi_env env, napi_value on_results, void* context, void*) {
  if (env == nullptr) return;
  auto* self = static_cast<EnvironmentIo*>(context);
  for (;;) {
    const size_t count = TakeResults(self);
    if (count == 0) return;
    napi_value argument;
    napi_value undefined;
    napi_create_uint32(env, static_cast<uint32_t>(count), &argument);
    napi_get_undefined(env, &undefined);
    if (napi_call_function(env, undefined, on_results, 1, &argument, nullptr) != napi_ok) return;
  }
}

void CleanUp(void* context) {
  const std::unique_ptr<EnvironmentIo> self(static_cast<EnvironmentIo*>(context));
  // Each waits for what is in flight; what a lane began may go on in the engine.
  self->lanes.clear();
  self->engine.reset();
  if (self->wake_up != nullptr) napi_release_threadsafe_function(self->wake_up, napi_tsfn_abort);
}

// Before ioStart there is nothing to wait for.
void DeleteUnstarted(void* context) { delete static_cast<EnvironmentIo*>(context); }

struct Arguments {
  static constexpr size_t kMaximum = 8;
  napi_env env;
  size_t count = kMaximum;
  napi_value values[kMaximum];
  EnvironmentIo* self = nullptr;
  bool ok = true;

  Arguments(napi_env environment, napi_callback_info info) : env(environment) {
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
    self = static_cast<EnvironmentIo*>(data);
  }
  int64_t Integer(size_t index) {
    int64_t value = 0;
    ok = ok && napi_get_value_int64(env, values[index], &value) == napi_ok;
    return value;
  }
  bool Boolean(size_t index) {
    bool value = false;
    ok = ok && napi_get_value_bool(env, values[index], &value) == napi_ok;
    return value;
  }
  Slice Bytes(size_t index) { return BytesAt(values[index]); }
  Slice BytesAt(napi_value value) {
    bool good = false;
    const Slice bytes = BytesOf(env, value, &good);
    ok = ok && good;
    return bytes;
  }
  // Throws when an argument was wrong.
  bool Good(const char* usage) {
    if (!ok) napi_throw_type_error(env, nullptr, usage);
    return ok;
  }
};

napi_value Number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

bool IsAligned(uint64_t position, const Slice& bytes) {
  return (position | bytes.size | reinterpret_cast<uintptr_t>(bytes.data)) % io::kBlockBytes == 0;
}

// allocateAligned(bytes): Uint8Array
napi_value AllocateAlignedBytes(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int64_t bytes = arguments.Integer(0);
  if (!arguments.Good("allocateAligned takes a number of bytes")) return nullptr;
  const size_t size = (static_cast<size_t>(bytes) + io::kBlockBytes - 1) / io::kBlockBytes * io::kBlockBytes;
  void* memory = size == 0 ? nullptr : io::AllocateAligned(size);
  if (memory == nullptr && size > 0) {
    napi_throw_range_error(env, nullptr, "out of memory for direct I/O");
    return nullptr;
  }
  napi_value buffer;
  napi_value array;
  const auto free_memory = [](napi_env, void* data, void* hint) {
    if (data != nullptr) io::FreeAligned(data, reinterpret_cast<size_t>(hint));
  };
  // V8 counts the memory of an array buffer as external by itself: no napi_adjust_external_memory.
  napi_status status =
      napi_create_external_arraybuffer(env, memory, size, free_memory, reinterpret_cast<void*>(size), &buffer);
  if (status == napi_ok) status = napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &array);
  return status == napi_ok ? array : nullptr;
}

// ioStart(engine, pairs, onResults): string
napi_value Start(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  EnvironmentIo* self = arguments.self;
  char name[16] = "";
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  arguments.ok =
      napi_get_value_string_utf8(env, arguments.values[0], name, sizeof(name), nullptr) == napi_ok &&
      napi_get_typedarray_info(env, arguments.values[1], &type, &length, &data, nullptr, nullptr) == napi_ok &&
      type == napi_float64_array && length >= 2 && self->engine == nullptr;
  if (!arguments.Good("ioStart takes an engine's name, a Float64Array and a function, once")) return nullptr;
  const std::string wanted(name);
  const io::IoEngineKind kind = wanted == "uring"     ? io::IoEngineKind::kUring
                                : wanted == "threads" ? io::IoEngineKind::kThreads
                                                      : io::IoEngineKind::kAutomatic;
  napi_value label;
  napi_create_string_utf8(env, "varve:io", NAPI_AUTO_LENGTH, &label);
  if (self->wake_up == nullptr) {
    if (napi_create_threadsafe_function(env, arguments.values[2], nullptr, label, 0, 1, nullptr, nullptr, self, Deliver,
                                        &self->wake_up) != napi_ok) {
      return nullptr;
    }
    napi_unref_threadsafe_function(env, self->wake_up);
    napi_create_reference(env, arguments.values[1], 1, &self->array);
    self->pairs = static_cast<double*>(data);
    self->capacity = length / 2;
    self->taken.resize(self->capacity);
    self->results = std::make_unique<io::CompletionQueue>(Wake, self);
    // Hooks run in the reverse of the order of their addition: ours before that of the thread-safe function.
    napi_remove_env_cleanup_hook(env, DeleteUnstarted, self);
    napi_add_env_cleanup_hook(env, CleanUp, self);
  }
  self->engine = io::CreateIoEngine(kind);
  napi_value result;
  napi_create_string_utf8(env, self->engine ? self->engine->name() : "", NAPI_AUTO_LENGTH, &result);
  return result;
}

// ioSubmit(operation, id, fd, direct, position, bytes | undefined, size): 0 or a negative errno
napi_value Submit(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  EnvironmentIo* self = arguments.self;
  auto request = std::make_unique<IoRequest>();
  const int64_t operation = arguments.Integer(0);
  request->operation = static_cast<IoOperation>(operation);
  request->id = static_cast<uint32_t>(arguments.Integer(1));
  request->fd = static_cast<int>(arguments.Integer(2));
  request->direct = arguments.Boolean(3);
  request->position = static_cast<uint64_t>(arguments.Integer(4));
  request->size = static_cast<uint64_t>(arguments.Integer(6));
  if (operation <= static_cast<int64_t>(IoOperation::kWrite)) {
    const Slice bytes = arguments.Bytes(5);
    request->data = const_cast<uint8_t*>(bytes.data);
    request->size = bytes.size;
    if (arguments.ok && request->direct && !IsAligned(request->position, bytes)) return Number(env, -EINVAL);
  }
  arguments.ok = arguments.ok && self->engine != nullptr && operation >= 0 && operation <= 3;
  if (!arguments.Good("ioSubmit takes numbers and bytes, after ioStart")) return nullptr;
  request->complete = Report;
  request->owner = self;
  Began(self, 1);
  IoRequest* submitted = request.release();
  self->engine->Submit(&submitted, 1);
  return Number(env, 0);
}

// The engine that takes shared groups of the device. One that the kernel has no more rings for is the engine itself.
io::IoEngine* LaneOf(EnvironmentIo* self, size_t device) {
  if (self->lanes.size() <= device) self->lanes.resize(device + 1);
  std::unique_ptr<io::IoEngine>& lane = self->lanes[device];
  if (lane == nullptr) lane = io::CreateDeviceLane(*self->engine);
  return lane != nullptr ? lane.get() : self->engine.get();
}

// ioSubmitGroup(slot, device, eager, numbers, buffers): 0 or a negative errno. `device` is -1 when each write has its
// own flush. `numbers` holds id, fd, position of each write.
napi_value SubmitGroup(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  EnvironmentIo* self = arguments.self;
  const auto slot = static_cast<size_t>(arguments.Integer(0));
  const int64_t device = arguments.Integer(1);
  const bool eager = arguments.Boolean(2);
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  uint32_t count = 0;
  arguments.ok =
      arguments.ok && self->engine != nullptr && slot < 65536 && device >= -1 && device < kMaximumDevices &&
      napi_get_typedarray_info(env, arguments.values[3], &type, &length, &data, nullptr, nullptr) == napi_ok &&
      type == napi_float64_array && napi_get_array_length(env, arguments.values[4], &count) == napi_ok &&
      count <= kMaximumGroup && length >= 3 * count;
  if (!arguments.Good("ioSubmitGroup takes a slot, a device, a flag, numbers and buffers, after ioStart"))
    return nullptr;
  const auto* numbers = static_cast<const double*>(data);
  GroupWrite writes[kMaximumGroup];
  for (uint32_t i = 0; i < count; i++) {
    napi_value buffer;
    napi_get_element(env, arguments.values[4], i, &buffer);
    const Slice bytes = arguments.BytesAt(buffer);
    if (!arguments.Good("ioSubmitGroup takes Uint8Arrays")) return nullptr;
    const auto position = static_cast<uint64_t>(numbers[3 * i + 2]);
    if (!IsAligned(position, bytes)) return Number(env, -EINVAL);
    writes[i] = {static_cast<uint32_t>(numbers[3 * i]), static_cast<int>(numbers[3 * i + 1]), position,
                 const_cast<uint8_t*>(bytes.data), bytes.size};
  }
  if (self->groups.size() <= slot) self->groups.resize(slot + 1);
  Began(self, count);
  io::IoEngine* const lane = device < 0 ? nullptr : LaneOf(self, static_cast<size_t>(device));
  if (lane != nullptr) lane->SetEager(eager);
  self->groups[slot] = DurableGroup::Start(self->engine.get(), lane, self->results.get(), writes, count);
  return Number(env, 0);
}

// ioPoll(): how many results came; they stand in the array. -1: none, and others wait for a processor
napi_value Poll(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  EnvironmentIo* self = arguments.self;
  arguments.ok = self->results != nullptr;
  if (!arguments.Good("ioPoll is called after ioStart")) return nullptr;
  const size_t count = TakeResults(self);
  if (count > 0) return Number(env, static_cast<double>(count));
  bool in_the_way = io::YieldsToOthers();
  for (const auto& lane : self->lanes) in_the_way |= lane != nullptr && lane->WasInTheWay();
  return Number(env, in_the_way ? -1 : 0);
}

// ioSeparate(slot)
napi_value Separate(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const auto slot = static_cast<size_t>(arguments.Integer(0));
  arguments.ok = arguments.ok && slot < arguments.self->groups.size();
  if (!arguments.Good("ioSeparate takes the slot of a group")) return nullptr;
  arguments.self->groups[slot]->Separate();
  return nullptr;
}

// ioReadSync(fd, direct, position, bytes), ioWriteSync(...): bytes or a negative errno
napi_value TransferNow(napi_env env, napi_callback_info info, bool write) {
  Arguments arguments(env, info);
  const int fd = static_cast<int>(arguments.Integer(0));
  const bool direct = arguments.Boolean(1);
  const auto position = static_cast<uint64_t>(arguments.Integer(2));
  const Slice bytes = arguments.Bytes(3);
  if (!arguments.Good("a synchronous transfer takes a descriptor, a flag, a position and bytes")) return nullptr;
  if (direct && !IsAligned(position, bytes)) return Number(env, -EINVAL);
  auto* data = const_cast<uint8_t*>(bytes.data);
  const int64_t result =
      write ? io::WriteFully(fd, position, data, bytes.size) : io::ReadFully(fd, position, data, bytes.size, direct);
  return Number(env, static_cast<double>(result));
}

napi_value ReadSync(napi_env env, napi_callback_info info) { return TransferNow(env, info, false); }
napi_value WriteSync(napi_env env, napi_callback_info info) { return TransferNow(env, info, true); }

// ioWrittenPrefixBytes(fd): number
napi_value WrittenPrefix(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int fd = static_cast<int>(arguments.Integer(0));
  if (!arguments.Good("ioWrittenPrefixBytes takes a descriptor")) return nullptr;
  return Number(env, static_cast<double>(io::WrittenPrefixBytes(fd)));
}

// ioTakeLock(fd): 0 or a negative errno
napi_value TakeLock(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int fd = static_cast<int>(arguments.Integer(0));
  if (!arguments.Good("ioTakeLock takes a descriptor")) return nullptr;
  return Number(env, static_cast<double>(io::TakeLock(fd)));
}

// ioMakeBuffered(fd): 0 or a negative errno
napi_value MakeBuffered(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int fd = static_cast<int>(arguments.Integer(0));
  if (!arguments.Good("ioMakeBuffered takes a descriptor")) return nullptr;
  return Number(env, static_cast<double>(io::MakeBuffered(fd)));
}

}  // namespace

void RegisterDirectIo(Napi::Env env, Napi::Object exports) {
  auto* self = new EnvironmentIo();
  self->env = env;
  napi_add_env_cleanup_hook(env, DeleteUnstarted, self);
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"allocateAligned", AllocateAlignedBytes},
      {"ioStart", Start},
      {"ioSubmit", Submit},
      {"ioSubmitGroup", SubmitGroup},
      {"ioSeparate", Separate},
      {"ioPoll", Poll},
      {"ioReadSync", ReadSync},
      {"ioWriteSync", WriteSync},
      {"ioWrittenPrefixBytes", WrittenPrefix},
      {"ioTakeLock", TakeLock},
      {"ioMakeBuffered", MakeBuffered},
  };
  for (const auto& function : functions) {
    napi_value value;
    napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.call, self, &value);
    exports.Set(function.name, Napi::Value(env, value));
  }
}

}  // namespace varve::binding
