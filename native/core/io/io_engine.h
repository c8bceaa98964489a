// Asynchronous file I/O: requests go in from any thread, completions come out on a thread of the engine.
//
// Two engines do the same: one over io_uring (uring_engine.h), one over a pool of threads (thread_engine.h). Both loop
// over short transfers, EINTR and EAGAIN, so that a request completes whole, at the end of the file, or with an error.
// The request and its memory belong to the caller and stay untouched until `complete` is called, exactly once.
// The destructor waits for everything in flight; nobody may submit then, except out of a `complete`.
#ifndef VARVE_CORE_IO_IO_ENGINE_H_
#define VARVE_CORE_IO_IO_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

namespace varve::io {

enum class IoOperation : uint8_t {
  kRead = 0,
  kWrite = 1,
  kSync = 2,      // fdatasync
  kAllocate = 3,  // fallocate of [position, position + size), the file grows to that
};

struct IoRequest {
  IoOperation operation = IoOperation::kRead;
  // Whether the file is open with O_DIRECT: then a transfer that ends inside a sector met the end of the file.
  bool direct = false;
  int fd = -1;
  uint64_t position = 0;
  uint8_t* data = nullptr;
  uint64_t size = 0;
  // Called by the engine with the bytes transferred (0 for sync and allocate) or a negative errno. May free the request
  // and may submit others; must not block.
  void (*complete)(IoRequest* request, int64_t result) = nullptr;
  // What `complete` needs to find its way.
  void* owner = nullptr;
  uint32_t id = 0;
  // The engine's: bytes transferred so far, and how often a write of part of a block was all that came of a call.
  uint64_t done = 0;
  uint32_t stalls = 0;
};

class IoEngine {
 public:
  virtual ~IoEngine() = default;
  virtual void Submit(IoRequest* const* requests, size_t count) = 0;
  // Whether a thread that has nothing to do keeps looking for requests for a while before it sleeps. Any thread.
  virtual void SetEager(bool) {}
  // Whether it was in the way of others with that since the last call. Any thread.
  virtual bool WasInTheWay() { return false; }
  virtual const char* name() const = 0;
};

enum class IoEngineKind { kAutomatic, kUring, kThreads };

// Null when the kind was demanded and the kernel refuses it; kAutomatic falls back to threads and never fails.
std::unique_ptr<IoEngine> CreateIoEngine(IoEngineKind kind);
// Of the kind that `engine` is, for the writes and flushes of one device: a flush may hold up what comes after it. Null
// when `engine` is as good.
std::unique_ptr<IoEngine> CreateDeviceLane(const IoEngine& engine);

// Takes the outcome of one system call for the request (bytes, or a negative errno) into account.
// True when the request is finished, with `*result` for its `complete`; false when it must be continued. A write of
// whole blocks goes on at the beginning of a block, since direct I/O takes no other place: a block that was cut is
// written again.
bool AdvanceRequest(IoRequest* request, int64_t outcome, int64_t* result);

}  // namespace varve::io

#endif  // VARVE_CORE_IO_IO_ENGINE_H_
