// The engine over io_uring, by raw system calls (no liburing).
//
// One thread owns the ring, submits and reaps: a caller on the JavaScript thread only queues its requests and, if the
// thread sleeps, wakes it through an eventfd that the ring itself reads. So the cost of submission does not fall on
// JavaScript, and a completion that submits more (write, then flush) needs no other thread. io_uring itself hands a
// flush to a thread of the kernel; an engine that has nothing to do meanwhile (a device's lane) flushes itself and
// saves the waking.
#ifndef VARVE_CORE_IO_URING_ENGINE_H_
#define VARVE_CORE_IO_URING_ENGINE_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/io/io_engine.h"
#include "core/io/uring.h"

namespace varve::io {

class UringEngine : public IoEngine {
 public:
  // Null when the kernel refuses io_uring or lacks an operation.
  static std::unique_ptr<IoEngine> Create(bool flushes_itself = false);
  ~UringEngine() override;
  void Submit(IoRequest* const* requests, size_t count) override;
  void SetEager(bool is_eager) override { is_eager_.store(is_eager, std::memory_order_relaxed); }
  bool WasInTheWay() override { return was_in_the_way_.exchange(false, std::memory_order_relaxed); }
  const char* name() const override { return "uring"; }

 private:
  enum class State { kStarting, kRunning, kFailed };

  explicit UringEngine(bool flushes_itself) : flushes_itself_(flushes_itself) {}
  bool Start();
  void Run();
  void Wake();
  // Of the ring's thread:
  // Gives requests a moment to come.
  void Linger();
  void TakeQueued();
  void SubmitBacklog();
  void Prepare(IoRequest* request);
  void FlushNow(IoRequest* request);
  // Whether to wait for a completion: nothing is queued, and something will wake the thread.
  bool PrepareToSleep();
  void ArmWakeUp();
  void Finish(uint64_t user_data, int32_t outcome);
  bool MayStop();

  std::mutex mutex_;
  std::condition_variable started_;
  // Guarded by mutex_:
  State state_ = State::kStarting;
  std::vector<IoRequest*> queued_;
  bool sleeping_ = false;
  bool stopping_ = false;

  const bool flushes_itself_;
  std::atomic<bool> is_eager_{false};
  std::atomic<bool> was_in_the_way_{false};
  // How often something was submitted.
  std::atomic<uint64_t> submissions_{0};
  int event_fd_ = -1;
  std::thread thread_;

  // Of the ring's thread alone:
  Uring ring_;
  std::deque<IoRequest*> backlog_;
  std::vector<IoRequest*> taken_;
  uint64_t event_count_ = 0;
  // How many submissions are taken at least.
  uint64_t submissions_taken_ = 0;
  size_t in_flight_ = 0;
  bool wake_up_armed_ = false;
};

}  // namespace varve::io

#endif  // VARVE_CORE_IO_URING_ENGINE_H_
