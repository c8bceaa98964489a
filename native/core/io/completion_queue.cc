#include "core/io/completion_queue.h"

#include <algorithm>

namespace varve::io {

void CompletionQueue::Push(uint32_t id, int64_t result) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    completions_.push_back({id, result});
    wake = !awake_;
    awake_ = true;
  }
  if (wake) wake_(context_);
}

size_t CompletionQueue::Pop(Completion* into, size_t capacity) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t count = std::min(capacity, completions_.size());
  std::copy_n(completions_.begin(), count, into);
  completions_.erase(completions_.begin(), completions_.begin() + static_cast<std::ptrdiff_t>(count));
  if (count == 0) awake_ = false;
  return count;
}

}  // namespace varve::io
