// A group of writes to several files, each to be made durable: the writes start together, then comes the flush.
//
// Shared: all files are on one device and nothing but data changes, so once every write is done one fdatasync serves
// all, in the device's lane, where nothing else can hold it up. Separate: each file is flushed as soon as its own write
// is done. A shared group becomes separate when its owner finds that one write is slow (Separate), so that the others
// do not wait for it. A failed write fails alone; a failed flush fails those that it was for. Every member is reported
// once, to the queue given.
//
// Lives as long as somebody holds it: its starter, and each of its requests in flight. Separate may be called on any
// thread.
#ifndef VARVE_CORE_IO_DURABLE_GROUP_H_
#define VARVE_CORE_IO_DURABLE_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/io/completion_queue.h"
#include "core/io/io_engine.h"

namespace varve::io {

struct GroupWrite {
  uint32_t id;  // What the completion is reported under.
  int fd;
  uint64_t position;
  uint8_t* data;
  uint64_t size;
};

class DurableGroup : public std::enable_shared_from_this<DurableGroup> {
 public:
  // The engines and `results` outlive the group. It shares a flush when there is a `lane`, which then takes the writes
  // and that flush; `engine` takes all else.
  static std::shared_ptr<DurableGroup> Start(IoEngine* engine, IoEngine* lane, CompletionQueue* results,
                                             const GroupWrite* writes, size_t count);
  void Separate();

 private:
  enum class Stage { kWriting, kWritten, kFlushing, kDone };
  struct Member {
    uint32_t id;
    int fd;
    Stage stage;
  };
  // A request in flight: a write of one member, or a flush for one or more.
  struct Step {
    IoRequest request;
    std::shared_ptr<DurableGroup> group;
    std::vector<size_t> members;
  };

  DurableGroup(IoEngine* engine, IoEngine* lane, CompletionQueue* results)
      : engine_(engine), lane_(lane), results_(results), shared_(lane != nullptr) {}
  static void OnWritten(IoRequest* request, int64_t result);
  static void OnFlushed(IoRequest* request, int64_t result);
  void Written(size_t member, int64_t result);
  void Flushed(const std::vector<size_t>& members, int64_t result);
  // With mutex_ held: flushes what is written and waits for nobody.
  void FlushReady();
  void Flush(std::vector<size_t> members);

  IoEngine* const engine_;
  IoEngine* const lane_;
  CompletionQueue* const results_;
  std::mutex mutex_;
  // Guarded by mutex_:
  bool shared_;
  size_t writing_ = 0;
  std::vector<Member> members_;
};

}  // namespace varve::io

#endif  // VARVE_CORE_IO_DURABLE_GROUP_H_
