#include "core/io/io_engine.h"

#include <cerrno>
#include <cstring>

#include "core/io/aligned_memory.h"
#include "core/io/thread_engine.h"
#include "core/io/uring_engine.h"

namespace varve::io {
namespace {

// The smallest unit any device transfers; a direct read that stops elsewhere stopped at the end of the file.
constexpr uint64_t kSectorBytes = 512;

// A device that never takes a whole block would keep a write going for ever.
constexpr uint32_t kMaximumStalls = 16;

// Takes back what a short write left of a block. False when writing on makes no sense.
bool WriteGoesOn(IoRequest* request, uint64_t before) {
  const bool whole_blocks = (request->position | request->size) % kBlockBytes == 0;
  if (whole_blocks) request->done -= request->done % kBlockBytes;
  return request->done > before || ++request->stalls < kMaximumStalls;
}

}  // namespace

std::unique_ptr<IoEngine> CreateIoEngine(IoEngineKind kind) {
  if (kind != IoEngineKind::kThreads) {
    std::unique_ptr<IoEngine> engine = UringEngine::Create();
    if (engine || kind == IoEngineKind::kUring) return engine;
  }
  return std::make_unique<ThreadEngine>();
}

std::unique_ptr<IoEngine> CreateDeviceLane(const IoEngine& engine) {
  // In the other engine a flush goes on in the thread of its write as it is.
  return std::strcmp(engine.name(), "uring") == 0 ? UringEngine::Create(true) : nullptr;
}

bool AdvanceRequest(IoRequest* request, int64_t outcome, int64_t* result) {
  if (outcome == -EINTR || outcome == -EAGAIN) return false;
  *result = outcome;
  if (outcome < 0 || request->operation == IoOperation::kSync || request->operation == IoOperation::kAllocate)
    return true;
  const uint64_t before = request->done;
  request->done += static_cast<uint64_t>(outcome);
  *result = static_cast<int64_t>(request->done);
  if (request->done >= request->size) return true;
  if (request->operation == IoOperation::kRead) {
    return outcome == 0 || (request->direct && request->done % kSectorBytes != 0);
  }
  // A write that makes no progress would never end.
  if (outcome > 0 && WriteGoesOn(request, before)) return false;
  *result = -EIO;
  return true;
}

}  // namespace varve::io
