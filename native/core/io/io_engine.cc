#include "core/io/io_engine.h"

#include <cerrno>

#include "core/io/thread_engine.h"
#include "core/io/uring_engine.h"

namespace varve::io {
namespace {

// The smallest unit any device transfers; a direct read that stops elsewhere stopped at the end of the file.
constexpr uint64_t kSectorBytes = 512;

}  // namespace

std::unique_ptr<IoEngine> CreateIoEngine(IoEngineKind kind) {
  if (kind != IoEngineKind::kThreads) {
    std::unique_ptr<IoEngine> engine = UringEngine::Create();
    if (engine || kind == IoEngineKind::kUring) return engine;
  }
  return std::make_unique<ThreadEngine>();
}

bool AdvanceRequest(IoRequest* request, int64_t outcome, int64_t* result) {
  if (outcome == -EINTR || outcome == -EAGAIN) return false;
  *result = outcome;
  if (outcome < 0 || request->operation == IoOperation::kSync || request->operation == IoOperation::kAllocate)
    return true;
  request->done += static_cast<uint64_t>(outcome);
  *result = static_cast<int64_t>(request->done);
  if (request->done >= request->size) return true;
  if (request->operation == IoOperation::kRead) {
    return outcome == 0 || (request->direct && request->done % kSectorBytes != 0);
  }
  // A write that makes no progress would never end.
  if (outcome == 0) *result = -EIO;
  return outcome == 0;
}

}  // namespace varve::io
