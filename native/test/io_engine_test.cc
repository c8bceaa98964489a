// Both engines: whole transfers, many in flight, errors, ends of files, durable groups, and a stop with work in flight.
#include "core/io/io_engine.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/io/aligned_memory.h"
#include "core/io/completion_queue.h"
#include "core/io/durable_group.h"
#include "core/io/file_calls.h"
#include "test/check.h"

using namespace varve::io;

namespace {

// Collects completions and waits for them. Outlives the engine: its last wake-up may still be under way when all
// completions are here.
class Results {
 public:
  Results() : queue_(Wake, this) {}
  CompletionQueue* queue() { return &queue_; }

  std::map<uint32_t, int64_t> Await(size_t count) {
    std::map<uint32_t, int64_t> results;
    while (results.size() < count) {
      Completion completions[16];
      const size_t popped = queue_.Pop(completions, 16);
      for (size_t i = 0; i < popped; i++) results[completions[i].id] = completions[i].result;
      if (popped > 0) continue;
      std::unique_lock<std::mutex> lock(mutex_);
      woken_.wait(lock, [this] { return wakes_ > 0; });
      wakes_--;
    }
    return results;
  }

 private:
  static void Wake(void* context) {
    auto* self = static_cast<Results*>(context);
    const std::lock_guard<std::mutex> lock(self->mutex_);
    self->wakes_++;
    self->woken_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
  CompletionQueue queue_;
};

void Report(IoRequest* request, int64_t result) {
  static_cast<Results*>(request->owner)->queue()->Push(request->id, result);
  delete request;
}

IoRequest* Make(Results* results, IoOperation operation, uint32_t id, int fd, uint64_t position, uint8_t* data,
                uint64_t size) {
  auto* request = new IoRequest();
  request->operation = operation;
  request->id = id;
  request->fd = fd;
  request->position = position;
  request->data = data;
  request->size = size;
  request->complete = Report;
  request->owner = results;
  return request;
}

int64_t One(IoEngine* engine, Results* results, IoOperation operation, int fd, uint64_t position, uint8_t* data,
            uint64_t size) {
  IoRequest* request = Make(results, operation, 1, fd, position, data, size);
  engine->Submit(&request, 1);
  return results->Await(1)[1];
}

std::string Temporary() {
  const char* directory = std::getenv("TMPDIR");
  std::string path = std::string(directory == nullptr ? "/tmp" : directory) + "/varve-io-XXXXXX";
  const int fd = mkstemp(path.data());
  CHECK(fd >= 0);
  close(fd);
  return path;
}

void TransfersAndErrors(IoEngine* engine, Results* results, int fd) {
  auto* memory = static_cast<uint8_t*>(AllocateAligned(1 << 20));
  for (size_t i = 0; i < 1 << 20; i++) CHECK(memory[i] == 0);
  std::memset(memory, 7, 1 << 20);
  CHECK(One(engine, results, IoOperation::kWrite, fd, 8192, memory, 1 << 20) == 1 << 20);
  CHECK(One(engine, results, IoOperation::kSync, fd, 0, nullptr, 0) == 0);
  std::memset(memory, 0, 1 << 20);
  CHECK(One(engine, results, IoOperation::kRead, fd, 4096, memory, 1 << 20) == 1 << 20);
  CHECK(memory[4095] == 0 && memory[4096] == 7);
  CHECK(One(engine, results, IoOperation::kRead, fd, 1 << 20, memory, 1 << 20) == 8192);
  CHECK(One(engine, results, IoOperation::kRead, fd, 1 << 24, memory, 4096) == 0);
  CHECK(One(engine, results, IoOperation::kAllocate, fd, 0, nullptr, 4 << 20) == 0);
  CHECK(lseek(fd, 0, SEEK_END) == 4 << 20);
  CHECK(One(engine, results, IoOperation::kRead, -1, 0, memory, 4096) == -EBADF);
  CHECK(One(engine, results, IoOperation::kSync, -1, 0, nullptr, 0) == -EBADF);
  CHECK(One(engine, results, IoOperation::kWrite, fd, 0, memory, 0) == 0);
  FreeAligned(memory, 1 << 20);
}

void ManyInFlight(IoEngine* engine, Results* results, int fd) {
  constexpr uint32_t kCount = 3000;  // More than any ring holds.
  auto* memory = static_cast<uint8_t*>(AllocateAligned(kCount * kBlockBytes));
  std::vector<IoRequest*> requests;
  for (uint32_t i = 0; i < kCount; i++) {
    std::memset(memory + i * kBlockBytes, static_cast<int>(i % 251), kBlockBytes);
    requests.push_back(
        Make(results, IoOperation::kWrite, i, fd, i * kBlockBytes, memory + i * kBlockBytes, kBlockBytes));
  }
  engine->Submit(requests.data(), requests.size());
  for (const auto& [id, result] : results->Await(kCount)) CHECK(id < kCount && result == kBlockBytes);
  std::memset(memory, 255, kCount * kBlockBytes);
  for (uint32_t i = 0; i < kCount; i++) {
    IoRequest* request =
        Make(results, IoOperation::kRead, i, fd, i * kBlockBytes, memory + i * kBlockBytes, kBlockBytes);
    engine->Submit(&request, 1);
  }
  for (const auto& [id, result] : results->Await(kCount)) CHECK(result == kBlockBytes);
  for (uint32_t i = 0; i < kCount; i++) CHECK(memory[i * kBlockBytes + 99] == i % 251);
  FreeAligned(memory, kCount * kBlockBytes);
}

void Groups(IoEngine* engine, IoEngine* lane, Results* results, const std::vector<int>& fds) {
  auto* memory = static_cast<uint8_t*>(AllocateAligned(kBlockBytes));
  for (uint32_t round = 0; round < 50; round++) {
    std::vector<GroupWrite> writes;
    for (uint32_t i = 0; i < fds.size(); i++) writes.push_back({i, fds[i], round * kBlockBytes, memory, kBlockBytes});
    if (round % 5 == 4) writes.push_back({9, -1, 0, memory, kBlockBytes});
    IoEngine* const shared = round % 2 == 0 ? lane : nullptr;
    const auto group = DurableGroup::Start(engine, shared, results->queue(), writes.data(), writes.size());
    if (round % 3 == 0) group->Separate();
    for (const auto& [id, result] : results->Await(writes.size())) CHECK(result == (id == 9 ? -EBADF : 0));
  }
  FreeAligned(memory, kBlockBytes);
}

void StopsWithWorkInFlight(IoEngineKind kind, int fd) {
  constexpr size_t kCount = 500;
  static std::atomic<size_t> completed;
  completed = 0;
  auto* memory = static_cast<uint8_t*>(AllocateAligned(kCount * kBlockBytes));
  {
    const std::unique_ptr<IoEngine> engine = CreateIoEngine(kind);
    for (size_t i = 0; i < kCount; i++) {
      IoRequest* request = Make(nullptr, IoOperation::kRead, 0, fd, 0, memory + i * kBlockBytes, kBlockBytes);
      request->complete = [](IoRequest* done, int64_t) {
        completed++;
        delete done;
      };
      engine->Submit(&request, 1);
    }
  }
  CHECK(completed == kCount);
  FreeAligned(memory, kCount * kBlockBytes);
}

void WholeEngine(IoEngineKind kind) {
  Results results;
  const std::unique_ptr<IoEngine> engine = CreateIoEngine(kind);
  if (!engine) {
    std::printf("# this kernel refuses io_uring\n");
    return;
  }
  std::vector<std::string> paths;
  std::vector<int> fds;
  for (int i = 0; i < 3; i++) {
    paths.push_back(Temporary());
    fds.push_back(open(paths.back().c_str(), O_RDWR | O_CLOEXEC));
  }
  TransfersAndErrors(engine.get(), &results, fds[0]);
  ManyInFlight(engine.get(), &results, fds[1]);
  const std::unique_ptr<IoEngine> lane = CreateDeviceLane(*engine);
  Groups(engine.get(), engine.get(), &results, fds);
  if (lane) Groups(engine.get(), lane.get(), &results, fds);
  if (lane) TransfersAndErrors(lane.get(), &results, fds[2]);
  StopsWithWorkInFlight(kind, fds[0]);
  for (const int fd : fds) close(fd);
  for (const std::string& path : paths) unlink(path.c_str());
}

// What one system call returned, and whether the request goes on.
void ShortTransfers() {
  IoRequest request;
  int64_t result = 0;
  request.operation = IoOperation::kRead;
  request.size = 8192;
  request.direct = true;
  CHECK(!AdvanceRequest(&request, -EINTR, &result));
  CHECK(!AdvanceRequest(&request, -EAGAIN, &result));
  CHECK(!AdvanceRequest(&request, 4096, &result));
  CHECK(request.done == 4096);
  CHECK(AdvanceRequest(&request, 100, &result) && result == 4196);
  request.done = 0;
  request.direct = false;
  CHECK(!AdvanceRequest(&request, 100, &result));
  CHECK(AdvanceRequest(&request, 0, &result) && result == 100);
  CHECK(AdvanceRequest(&request, -EIO, &result) && result == -EIO);
  request.operation = IoOperation::kWrite;
  request.done = 0;
  CHECK(!AdvanceRequest(&request, 5000, &result));
  CHECK(request.done == 4096);  // The block that was cut is written again.
  CHECK(!AdvanceRequest(&request, -EINTR, &result) && !AdvanceRequest(&request, -EAGAIN, &result));
  CHECK(request.done == 4096);
  CHECK(AdvanceRequest(&request, 0, &result) && result == -EIO);
  CHECK(AdvanceRequest(&request, 4096, &result) && result == 8192);
  request.done = 0;
  request.size = 1000;  // Not of whole blocks, so of a buffered file: no place is wrong.
  CHECK(!AdvanceRequest(&request, 512, &result));
  CHECK(request.done == 512);
  CHECK(AdvanceRequest(&request, 488, &result) && result == 1000);
}

void BlocksThatAreNeverWhole() {
  IoRequest request;
  int64_t result = 0;
  request.operation = IoOperation::kWrite;
  request.size = 8192;
  int calls = 1;
  while (!AdvanceRequest(&request, 512, &result)) calls++;
  CHECK(result == -EIO && calls == 16);
}

void LocksAndExtents() {
  const std::string path = Temporary();
  const int first = open(path.c_str(), O_RDWR | O_CLOEXEC);
  const int second = open(path.c_str(), O_RDWR | O_CLOEXEC);
  CHECK(TakeLock(first) == 0);
  CHECK(TakeLock(second) == -EWOULDBLOCK);
  close(first);
  CHECK(TakeLock(second) == 0);
  CHECK(AllocateRange(second, 0, 65536) == 0);
  CHECK(WrittenPrefixBytes(second) == 0);  // Preallocated is not written.
  std::vector<uint8_t> bytes(32768, 1);
  CHECK(WriteFully(second, 0, bytes.data(), bytes.size()) == 32768);
  CHECK(SyncData(second) == 0);
  const uint64_t written = WrittenPrefixBytes(second);
  CHECK(written == 32768 || written == 0);  // 0 where the file system does not overwrite in place.
  close(second);
  unlink(path.c_str());
}

}  // namespace

int main() {
  ShortTransfers();
  BlocksThatAreNeverWhole();
  LocksAndExtents();
  WholeEngine(IoEngineKind::kThreads);
  WholeEngine(IoEngineKind::kUring);
  return 0;
}
