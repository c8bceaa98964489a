#include "core/io/durable_group.h"

#include <utility>

namespace varve::io {

std::shared_ptr<DurableGroup> DurableGroup::Start(IoEngine* engine, IoEngine* lane, CompletionQueue* results,
                                                  const GroupWrite* writes, size_t count) {
  std::shared_ptr<DurableGroup> group(new DurableGroup(engine, lane, results));
  std::vector<IoRequest*> requests;
  group->writing_ = count;
  for (size_t i = 0; i < count; i++) {
    group->members_.push_back({writes[i].id, writes[i].fd, Stage::kWriting});
    auto* step = new Step{{}, group, {i}};
    step->request.operation = IoOperation::kWrite;
    step->request.fd = writes[i].fd;
    step->request.position = writes[i].position;
    step->request.data = writes[i].data;
    step->request.size = writes[i].size;
    step->request.complete = OnWritten;
    step->request.owner = step;
    requests.push_back(&step->request);
  }
  (lane != nullptr ? lane : engine)->Submit(requests.data(), requests.size());
  return group;
}

void DurableGroup::Separate() {
  const std::lock_guard<std::mutex> lock(mutex_);
  shared_ = false;
  FlushReady();
}

void DurableGroup::OnWritten(IoRequest* request, int64_t result) {
  const std::unique_ptr<Step> step(static_cast<Step*>(request->owner));
  step->group->Written(step->members[0], result);
}

void DurableGroup::OnFlushed(IoRequest* request, int64_t result) {
  const std::unique_ptr<Step> step(static_cast<Step*>(request->owner));
  step->group->Flushed(step->members, result);
}

void DurableGroup::Written(size_t member, int64_t result) {
  const std::lock_guard<std::mutex> lock(mutex_);
  writing_--;
  members_[member].stage = result < 0 ? Stage::kDone : Stage::kWritten;
  if (result < 0) results_->Push(members_[member].id, result);
  if (!shared_ || writing_ == 0) FlushReady();
}

void DurableGroup::Flushed(const std::vector<size_t>& members, int64_t result) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const size_t member : members) {
    members_[member].stage = Stage::kDone;
    results_->Push(members_[member].id, result);
  }
}

void DurableGroup::FlushReady() {
  std::vector<size_t> ready;
  for (size_t i = 0; i < members_.size(); i++) {
    if (members_[i].stage != Stage::kWritten) continue;
    members_[i].stage = Stage::kFlushing;
    if (shared_) {
      ready.push_back(i);
    } else {
      Flush({i});
    }
  }
  if (!ready.empty()) Flush(std::move(ready));
}

void DurableGroup::Flush(std::vector<size_t> members) {
  auto* step = new Step{{}, shared_from_this(), std::move(members)};
  step->request.operation = IoOperation::kSync;
  step->request.fd = members_[step->members[0]].fd;
  step->request.complete = OnFlushed;
  step->request.owner = step;
  IoRequest* request = &step->request;
  (shared_ ? lane_ : engine_)->Submit(&request, 1);
}

}  // namespace varve::io
