#include "binding/addon.h"
#include "binding/status_array.h"
#include "core/entry.h"
#include "core/io/io_engine.h"
#include "core/merge/merge.h"

namespace varve::binding {
namespace {

template <typename Enum>
void Set(Napi::Object object, const char* name, Enum value) {
  object.Set(name, Napi::Number::New(object.Env(), static_cast<double>(value)));
}

}  // namespace

// constants: the numbers that both languages use; src/native.ts compares them with its own when it loads the addon.
void RegisterConstants(Napi::Env env, Napi::Object exports) {
  Napi::Object entry_types = Napi::Object::New(env);
  Set(entry_types, "put", EntryType::kPut);
  Set(entry_types, "delete", EntryType::kDelete);

  Napi::Object read_status = Napi::Object::New(env);
  Set(read_status, "found", ReadStatus::kFound);
  Set(read_status, "missing", ReadStatus::kMissing);
  Set(read_status, "needRoom", ReadStatus::kNeedRoom);
  Set(read_status, "needFile", ReadStatus::kNeedFile);
  Set(read_status, "needBlock", ReadStatus::kNeedBlock);
  Set(read_status, "end", ReadStatus::kEnd);
  Set(read_status, "full", ReadStatus::kFull);
  Set(read_status, "corrupt", ReadStatus::kCorrupt);

  Napi::Object merge_status = Napi::Object::New(env);
  Set(merge_status, "needInput", Merge::Status::kNeedInput);
  Set(merge_status, "block", Merge::Status::kBlock);
  Set(merge_status, "fileEnd", Merge::Status::kFileEnd);
  Set(merge_status, "done", Merge::Status::kDone);
  Set(merge_status, "corrupt", Merge::Status::kCorrupt);
  Set(merge_status, "needRoom", Merge::Status::kNeedRoom);

  Napi::Object io_operation = Napi::Object::New(env);
  Set(io_operation, "read", io::IoOperation::kRead);
  Set(io_operation, "write", io::IoOperation::kWrite);
  Set(io_operation, "sync", io::IoOperation::kSync);
  Set(io_operation, "allocate", io::IoOperation::kAllocate);

  Napi::Object constants = Napi::Object::New(env);
  constants.Set("entryTypes", entry_types);
  constants.Set("readStatus", read_status);
  constants.Set("mergeStatus", merge_status);
  constants.Set("ioOperation", io_operation);
  exports.Set("constants", constants);
}

}  // namespace varve::binding
