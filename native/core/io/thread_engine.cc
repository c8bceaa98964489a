#include "core/io/thread_engine.h"

#include "core/io/file_calls.h"

namespace varve::io {
namespace {

// Enough to keep an SSD's queue busy; more only costs memory.
constexpr size_t kMaximumThreads = 16;

// The engine whose completion runs on this thread, if any.
thread_local const void* completing = nullptr;

int64_t Perform(const IoRequest& request) {
  switch (request.operation) {
    case IoOperation::kRead:
      return ReadFully(request.fd, request.position, request.data, request.size, request.direct);
    case IoOperation::kWrite:
      return WriteFully(request.fd, request.position, request.data, request.size);
    case IoOperation::kSync:
      return SyncData(request.fd);
    case IoOperation::kAllocate:
      return AllocateRange(request.fd, request.position, request.size);
  }
  return 0;
}

}  // namespace

ThreadEngine::~ThreadEngine() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    work_.notify_all();
  }
  // A completion may still submit and so start a thread: take what is there until there are no more.
  for (;;) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      threads.swap(threads_);
    }
    if (threads.empty()) return;
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
}

void ThreadEngine::Submit(IoRequest* const* requests, size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (completing == this && count == 1) {
    // The flush after a write: this thread is about to look for work, and waking another would only cost time.
    queue_.push_front(requests[0]);
    completing = nullptr;  // It can take one.
    return;
  }
  queue_.insert(queue_.end(), requests, requests + count);
  while (threads_.size() < kMaximumThreads && idle_ < queue_.size()) {
    idle_++;  // Until it takes its first request the new thread counts as idle.
    threads_.emplace_back([this] { Run(); });
  }
  for (size_t i = 0; i < count; i++) work_.notify_one();
}

void ThreadEngine::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    // A request under way may submit another when it completes, so the last to stop is the last that was busy.
    while (queue_.empty() && !(stopping_ && busy_ == 0)) work_.wait(lock);
    if (queue_.empty()) {
      idle_--;
      work_.notify_all();
      return;
    }
    IoRequest* request = queue_.front();
    queue_.pop_front();
    idle_--;
    busy_++;
    lock.unlock();
    const int64_t result = Perform(*request);
    completing = this;
    request->complete(request, result);
    completing = nullptr;
    lock.lock();
    busy_--;
    idle_++;
    if (stopping_ && busy_ == 0) work_.notify_all();
  }
}

}  // namespace varve::io
