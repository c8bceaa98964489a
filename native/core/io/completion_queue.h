// The results on their way from the engine's threads to the JavaScript thread.
//
// Any thread pushes; the first push after the queue was found empty calls `wake` (once, outside the lock), and the
// consumer then pops until it gets none. So one wake-up brings however many results there are.
#ifndef VARVE_CORE_IO_COMPLETION_QUEUE_H_
#define VARVE_CORE_IO_COMPLETION_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace varve::io {

struct Completion {
  uint32_t id;
  int64_t result;
};

class CompletionQueue {
 public:
  CompletionQueue(void (*wake)(void* context), void* context) : wake_(wake), context_(context) {}

  void Push(uint32_t id, int64_t result);
  // Moves up to `capacity` results out; 0 means that the next push wakes again.
  size_t Pop(Completion* into, size_t capacity);

 private:
  void (*const wake_)(void* context);
  void* const context_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::vector<Completion> completions_;
  bool awake_ = false;
};

}  // namespace varve::io

#endif  // VARVE_CORE_IO_COMPLETION_QUEUE_H_
