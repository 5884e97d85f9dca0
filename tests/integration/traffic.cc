#include "tests/integration/traffic.h"

#include <utility>

namespace tokenbroker {

Traffic::Traffic(std::function<grpc::Status()> call)
    : call_(std::move(call)), thread_([this] { Run(); }) {}

void Traffic::Run() {
  for (;;) {
    const grpc::Status status = call_();
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.calls;
    if (!status.ok() && counts_.failed++ == 0) counts_.failure = status.error_message();
    counted_.notify_all();
    if (stops_) return;
  }
}

void Traffic::LetPass(int calls) {
  std::unique_lock<std::mutex> lock(mutex_);
  const int wanted = counts_.calls + calls;
  counted_.wait(lock, [this, wanted] { return counts_.calls >= wanted; });
}

Traffic::Counts Traffic::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stops_ = true;
  }
  if (thread_.joinable()) thread_.join();
  return counts_;
}

std::ostream& operator<<(std::ostream& out, const Traffic::Counts& counts) {
  out << counts.calls << " calls, " << counts.failed << " failed";
  if (counts.failed > 0) out << " (" << counts.failure << ")";
  return out;
}

}  // namespace tokenbroker
