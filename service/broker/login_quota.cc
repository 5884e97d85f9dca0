#include "broker/login_quota.h"

namespace tokenbroker {
namespace {

void DropUntil(SteadyTime horizon, std::deque<SteadyTime>* times) {
  while (!times->empty() && times->front() <= horizon) times->pop_front();
}

}  // namespace

absl::optional<absl::Duration> LoginQuota::Take(const std::string& caller, SteadyTime now) {
  if (now - forgot_at_ >= window_) Forget(now);
  std::deque<SteadyTime>& times = begun_[caller];
  DropUntil(now - window_, &times);
  if (times.size() >= most_) return times[times.size() - most_] + window_ - now;
  times.push_back(now);
  return absl::nullopt;
}

void LoginQuota::GiveBack(const std::string& caller) {
  const auto it = begun_.find(caller);
  if (it != begun_.end() && !it->second.empty()) it->second.pop_back();
}

void LoginQuota::Forget(SteadyTime now) {
  forgot_at_ = now;
  absl::erase_if(begun_, [&](auto& entry) {
    DropUntil(now - window_, &entry.second);
    return entry.second.empty();
  });
}

}  // namespace tokenbroker
