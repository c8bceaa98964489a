// One io_uring: its system calls, its two rings in shared memory, nothing about requests.
//
// Used by one thread, the one that called Open: where the kernel knows them, the flags that promise it that are set,
// which saves interrupts. Submission entries are copied in by Push and handed over by Enter.
#ifndef VARVE_CORE_IO_URING_H_
#define VARVE_CORE_IO_URING_H_

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>

namespace varve::io {

class Uring {
 public:
  Uring() = default;
  ~Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  // Whether the kernel gave a ring that knows every operation used here.
  bool Open(uint32_t entries);
  // How many operations may be in flight without losing a completion.
  uint32_t capacity() const { return completion_entries_; }
  // False when the submission ring is full: Enter first.
  bool Push(const io_uring_sqe& entry);
  bool HasPushed() const { return pushed_ != 0; }
  // Hands over what was pushed and waits for `wait_for` completions; 0 or a negative errno.
  int Enter(uint32_t wait_for);
  // The next completion, if there is one.
  bool Pop(uint64_t* user_data, int32_t* outcome);

 private:
  bool Setup(uint32_t entries, uint32_t flags, io_uring_params* params);
  bool Map(const io_uring_params& params);
  bool KnowsOperations() const;

  int fd_ = -1;
  void* submission_ring_ = nullptr;
  size_t submission_ring_bytes_ = 0;
  void* completion_ring_ = nullptr;
  size_t completion_ring_bytes_ = 0;
  io_uring_sqe* entries_ = nullptr;
  size_t entries_bytes_ = 0;
  uint32_t submission_entries_ = 0;
  uint32_t completion_entries_ = 0;
  // In the shared memory:
  uint32_t* submission_head_ = nullptr;
  uint32_t* submission_tail_ = nullptr;
  uint32_t* submission_array_ = nullptr;
  uint32_t submission_mask_ = 0;
  uint32_t* completion_head_ = nullptr;
  uint32_t* completion_tail_ = nullptr;
  io_uring_cqe* completions_ = nullptr;
  uint32_t completion_mask_ = 0;
  uint32_t pushed_ = 0;
};

}  // namespace varve::io

#endif  // VARVE_CORE_IO_URING_H_
