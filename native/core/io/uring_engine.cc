#include "core/io/uring_engine.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "core/io/file_calls.h"
#include "core/io/yielding.h"

namespace varve::io {
namespace {

constexpr uint32_t kEntries = 256;
// One transfer of the kernel is at most this long (a multiple of every block size); longer requests go in turns.
constexpr uint64_t kMaximumTransferBytes = 1u << 30;
// How long an eager thread looks for more: about what JavaScript takes to come up with the next group.
constexpr std::chrono::microseconds kLonger(100);
// The user data of the wake-up read; requests have their address.
constexpr uint64_t kWakeUp = 0;

}  // namespace

std::unique_ptr<IoEngine> UringEngine::Create(bool flushes_itself) {
  std::unique_ptr<UringEngine> engine(new UringEngine(flushes_itself));
  if (!engine->Start()) return nullptr;
  return engine;
}

bool UringEngine::Start() {
  event_fd_ = eventfd(0, EFD_CLOEXEC);
  if (event_fd_ < 0) return false;
  thread_ = std::thread([this] { Run(); });
  std::unique_lock<std::mutex> lock(mutex_);
  started_.wait(lock, [this] { return state_ != State::kStarting; });
  return state_ == State::kRunning;
}

UringEngine::~UringEngine() {
  if (thread_.joinable()) {
    {
      // Under the lock: who sees `stopping_` may rely on the wake-up being on its way.
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      Wake();
    }
    thread_.join();
  }
  if (event_fd_ >= 0) close(event_fd_);
}

void UringEngine::Submit(IoRequest* const* requests, size_t count) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queued_.insert(queued_.end(), requests, requests + count);
    submissions_.fetch_add(1, std::memory_order_release);
    wake = sleeping_;
    sleeping_ = false;
  }
  if (wake) Wake();
}

void UringEngine::Wake() {
  const uint64_t one = 1;
  // The counter cannot overflow, so the write always succeeds.
  if (write(event_fd_, &one, sizeof(one)) < 0) std::abort();
}

void UringEngine::Run() {
  // The ring belongs to the thread that opens it.
  const bool opened = ring_.Open(kEntries);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_ = opened ? State::kRunning : State::kFailed;
    started_.notify_all();
  }
  if (!opened) return;
  for (;;) {
    TakeQueued();
    SubmitBacklog();
    if (MayStop()) return;
    if (in_flight_ == 0 && backlog_.empty()) Linger();
    // EAGAIN and EBUSY mean that the kernel is short of memory or of room for completions: reap, then try again.
    ring_.Enter(PrepareToSleep() ? 1 : 0);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sleeping_ = false;
    }
    uint64_t user_data = 0;
    int32_t outcome = 0;
    while (ring_.Pop(&user_data, &outcome)) Finish(user_data, outcome);
  }
}

// Whoever submits meanwhile finds the thread awake, and need not wake it.
void UringEngine::Linger() {
  if (!is_eager_.load(std::memory_order_relaxed)) return;
  const auto until = std::chrono::steady_clock::now() + kLonger;
  while (submissions_.load(std::memory_order_acquire) == submissions_taken_) {
    if (std::chrono::steady_clock::now() >= until) return;
    if (!YieldsToOthers()) continue;
    was_in_the_way_.store(true, std::memory_order_relaxed);
    return;
  }
}

bool UringEngine::PrepareToSleep() {
  // Once the engine stops only this thread submits, and a wake-up armed now would never come.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!stopping_) ArmWakeUp();
  const bool someone_wakes = wake_up_armed_ || (stopping_ && in_flight_ > 0);
  const bool stuck = in_flight_ == 0 && !backlog_.empty();
  sleeping_ = queued_.empty() && someone_wakes && !stuck;
  return sleeping_;
}

void UringEngine::TakeQueued() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    taken_.swap(queued_);
    submissions_taken_ = submissions_.load(std::memory_order_relaxed);
  }
  backlog_.insert(backlog_.end(), taken_.begin(), taken_.end());
  taken_.clear();
}

void UringEngine::SubmitBacklog() {
  // One place is kept for the wake-up.
  while (!backlog_.empty() && in_flight_ + 1 < ring_.capacity()) {
    IoRequest* request = backlog_.front();
    if (flushes_itself_ && request->operation == IoOperation::kSync) {
      backlog_.pop_front();
      FlushNow(request);
      continue;
    }
    const size_t before = in_flight_;
    Prepare(request);
    if (in_flight_ == before) return;
    backlog_.pop_front();
  }
}

void UringEngine::Prepare(IoRequest* request) {
  io_uring_sqe entry;
  std::memset(&entry, 0, sizeof(entry));
  entry.fd = request->fd;
  entry.user_data = reinterpret_cast<uint64_t>(request);
  switch (request->operation) {
    case IoOperation::kRead:
    case IoOperation::kWrite:
      entry.opcode = request->operation == IoOperation::kRead ? IORING_OP_READ : IORING_OP_WRITE;
      entry.off = request->position + request->done;
      entry.addr = reinterpret_cast<uint64_t>(request->data + request->done);
      entry.len = static_cast<uint32_t>(std::min(request->size - request->done, kMaximumTransferBytes));
      break;
    case IoOperation::kSync:
      entry.opcode = IORING_OP_FSYNC;
      entry.fsync_flags = IORING_FSYNC_DATASYNC;
      break;
    case IoOperation::kAllocate:
      entry.opcode = IORING_OP_FALLOCATE;
      entry.off = request->position;
      entry.addr = request->size;  // The kernel takes the length here and the mode in len.
      break;
  }
  if (!ring_.Push(entry)) {
    ring_.Enter(0);
    if (!ring_.Push(entry)) return;
  }
  in_flight_++;
}

// What was queued before it has first been handed over: the flush may take long.
void UringEngine::FlushNow(IoRequest* request) {
  if (ring_.HasPushed()) ring_.Enter(0);
  request->complete(request, SyncData(request->fd));
}

void UringEngine::ArmWakeUp() {
  if (wake_up_armed_) return;
  io_uring_sqe entry;
  std::memset(&entry, 0, sizeof(entry));
  entry.opcode = IORING_OP_READ;
  entry.fd = event_fd_;
  entry.addr = reinterpret_cast<uint64_t>(&event_count_);
  entry.len = sizeof(event_count_);
  entry.user_data = kWakeUp;
  if (!ring_.Push(entry)) {
    ring_.Enter(0);
    if (!ring_.Push(entry)) return;
  }
  wake_up_armed_ = true;
}

void UringEngine::Finish(uint64_t user_data, int32_t outcome) {
  if (user_data == kWakeUp) {
    wake_up_armed_ = false;
    return;
  }
  auto* request = reinterpret_cast<IoRequest*>(user_data);
  in_flight_--;
  int64_t result = 0;
  if (AdvanceRequest(request, outcome, &result)) {
    request->complete(request, result);
  } else {
    backlog_.push_front(request);
  }
}

bool UringEngine::MayStop() {
  if (in_flight_ > 0 || !backlog_.empty() || wake_up_armed_) {
    // The kernel still knows addresses of this object.
    return false;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_ && queued_.empty();
}

}  // namespace varve::io
