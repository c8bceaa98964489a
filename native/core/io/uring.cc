#include "core/io/uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

// Older headers lack the newer flags; their values are the kernel's interface and never change.
#ifndef IORING_SETUP_COOP_TASKRUN
#define IORING_SETUP_COOP_TASKRUN (1U << 8)
#endif
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

namespace varve::io {
namespace {

constexpr uint8_t kOperations[] = {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_FSYNC, IORING_OP_FALLOCATE};

uint32_t* At(void* ring, uint32_t offset) { return reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(ring) + offset); }

void* MapRing(int fd, size_t bytes, uint64_t offset) {
  void* memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, static_cast<off_t>(offset));
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

Uring::~Uring() {
  if (entries_ != nullptr) munmap(entries_, entries_bytes_);
  if (completion_ring_ != nullptr && completion_ring_ != submission_ring_) {
    munmap(completion_ring_, completion_ring_bytes_);
  }
  if (submission_ring_ != nullptr) munmap(submission_ring_, submission_ring_bytes_);
  if (fd_ >= 0) close(fd_);
}

bool Uring::Open(uint32_t entries) {
  // From the newest kernels to the oldest: each flag only saves work.
  const uint32_t choices[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN, 0};
  for (const uint32_t flags : choices) {
    io_uring_params params;
    if (!Setup(entries, flags, &params)) {
      if (errno == EINVAL) continue;
      return false;
    }
    // Without NODROP the kernel would lose completions that overflow.
    return (params.features & IORING_FEAT_NODROP) != 0 && Map(params) && KnowsOperations();
  }
  return false;
}

bool Uring::Setup(uint32_t entries, uint32_t flags, io_uring_params* params) {
  std::memset(params, 0, sizeof(*params));
  params->flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params->cq_entries = entries * 4;
  fd_ = static_cast<int>(syscall(__NR_io_uring_setup, entries, params));
  return fd_ >= 0;
}

bool Uring::Map(const io_uring_params& params) {
  submission_entries_ = params.sq_entries;
  completion_entries_ = params.cq_entries;
  submission_ring_bytes_ = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  completion_ring_bytes_ = params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe);
  const bool single = (params.features & IORING_FEAT_SINGLE_MMAP) != 0;
  if (single) submission_ring_bytes_ = std::max(submission_ring_bytes_, completion_ring_bytes_);
  submission_ring_ = MapRing(fd_, submission_ring_bytes_, IORING_OFF_SQ_RING);
  completion_ring_ = single ? submission_ring_ : MapRing(fd_, completion_ring_bytes_, IORING_OFF_CQ_RING);
  entries_bytes_ = params.sq_entries * sizeof(io_uring_sqe);
  entries_ = static_cast<io_uring_sqe*>(MapRing(fd_, entries_bytes_, IORING_OFF_SQES));
  if (submission_ring_ == nullptr || completion_ring_ == nullptr || entries_ == nullptr) return false;
  submission_head_ = At(submission_ring_, params.sq_off.head);
  submission_tail_ = At(submission_ring_, params.sq_off.tail);
  submission_array_ = At(submission_ring_, params.sq_off.array);
  submission_mask_ = *At(submission_ring_, params.sq_off.ring_mask);
  completion_head_ = At(completion_ring_, params.cq_off.head);
  completion_tail_ = At(completion_ring_, params.cq_off.tail);
  completion_mask_ = *At(completion_ring_, params.cq_off.ring_mask);
  completions_ = reinterpret_cast<io_uring_cqe*>(At(completion_ring_, params.cq_off.cqes));
  return true;
}

bool Uring::KnowsOperations() const {
  constexpr uint32_t kProbed = 64;
  std::vector<uint64_t> memory((sizeof(io_uring_probe) + kProbed * sizeof(io_uring_probe_op)) / sizeof(uint64_t) + 1);
  auto* probe = reinterpret_cast<io_uring_probe*>(memory.data());
  if (syscall(__NR_io_uring_register, fd_, IORING_REGISTER_PROBE, probe, kProbed) != 0) return false;
  for (const uint8_t operation : kOperations) {
    if (operation > probe->last_op || (probe->ops[operation].flags & IO_URING_OP_SUPPORTED) == 0) return false;
  }
  return true;
}

bool Uring::Push(const io_uring_sqe& entry) {
  const uint32_t head = __atomic_load_n(submission_head_, __ATOMIC_ACQUIRE);
  const uint32_t tail = *submission_tail_;  // Only this thread writes it.
  if (tail - head >= submission_entries_) return false;
  const uint32_t index = tail & submission_mask_;
  entries_[index] = entry;
  submission_array_[index] = index;
  __atomic_store_n(submission_tail_, tail + 1, __ATOMIC_RELEASE);
  pushed_++;
  return true;
}

int Uring::Enter(uint32_t wait_for) {
  // GETEVENTS also when not waiting: it is what makes the kernel post deferred completions.
  const long submitted = syscall(__NR_io_uring_enter, fd_, pushed_, wait_for, IORING_ENTER_GETEVENTS, nullptr, 0);
  if (submitted < 0) return -errno;
  pushed_ -= std::min(pushed_, static_cast<uint32_t>(submitted));
  return 0;
}

bool Uring::Pop(uint64_t* user_data, int32_t* outcome) {
  const uint32_t head = *completion_head_;  // Only this thread writes it.
  if (head == __atomic_load_n(completion_tail_, __ATOMIC_ACQUIRE)) return false;
  const io_uring_cqe& completion = completions_[head & completion_mask_];
  *user_data = completion.user_data;
  *outcome = completion.res;
  __atomic_store_n(completion_head_, head + 1, __ATOMIC_RELEASE);
  return true;
}

}  // namespace varve::io
