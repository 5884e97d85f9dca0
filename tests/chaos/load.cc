#include "tests/chaos/load.h"

#include <google/protobuf/util/time_util.h>

#include <random>

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;

// One caller's pause between two calls: there is a fleet to run on the same machine.
constexpr absl::Duration kPause = absl::Milliseconds(5);

}  // namespace

Load::Load(std::vector<Replica*> replicas, const std::vector<std::string>& subjects, int callers)
    : replicas_(std::move(replicas)), subjects_(subjects) {
  for (int i = 0; i < callers; ++i) {
    callers_.emplace_back([this, i] { Call(static_cast<unsigned>(i)); });
  }
}

void Load::Call(unsigned seed) {
  std::mt19937 random(seed);
  while (!stop_.StoppedWithin(kPause)) {
    Replica& replica = *replicas_[random() % replicas_.size()];
    Ask(replica, subjects_[random() % subjects_.size()]);
  }
}

void Load::Ask(Replica& replica, const std::string& subject) {
  const absl::Time asked = absl::Now();
  const auto answer = replica.client().GetToken(BrokerClient::TokenRequest(subject));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (answer.ok()) {
    ++counts_.answers;
    const auto expires = TimeUtil::TimestampToNanoseconds(answer.response.token().expire_time());
    if (absl::FromUnixNanos(expires) <= asked) ++counts_.expired;
    return;
  }
  const bool nobody_spoke = answer.error.reason.empty();
  if (nobody_spoke && answer.status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    ++counts_.cut;
    return;
  }
  ++counts_.errors;
  ++counts_.reasons[nobody_spoke ? answer.status.error_message() : answer.error.reason];
}

Load::Counts Load::SoFar() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

Load::Counts Load::Stop() {
  stop_.Stop();
  for (std::thread& caller : callers_) caller.join();
  callers_.clear();
  return SoFar();
}

std::ostream& operator<<(std::ostream& out, const Load::Counts& counts) {
  out << counts.answers << " answers, " << counts.errors << " errors, " << counts.expired
      << " expired tokens";
  if (counts.cut > 0) out << ", " << counts.cut << " calls cut by a kill";
  for (const auto& [reason, times] : counts.reasons) out << ", " << times << " times " << reason;
  return out;
}

}  // namespace tokenbroker
