// The engine over a pool of threads with pread, pwrite, fdatasync and fallocate: for kernels that refuse io_uring.
//
// Threads are started as requests wait, up to a bound, and live as long as the engine. `Submit` may be called on any
// thread.
#ifndef VARVE_CORE_IO_THREAD_ENGINE_H_
#define VARVE_CORE_IO_THREAD_ENGINE_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "core/io/io_engine.h"

namespace varve::io {

class ThreadEngine : public IoEngine {
 public:
  ThreadEngine() = default;
  ~ThreadEngine() override;
  void Submit(IoRequest* const* requests, size_t count) override;
  const char* name() const override { return "threads"; }

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable work_;
  // Guarded by mutex_, all of them.
  std::deque<IoRequest*> queue_;
  size_t idle_ = 0;
  size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace varve::io

#endif  // VARVE_CORE_IO_THREAD_ENGINE_H_
