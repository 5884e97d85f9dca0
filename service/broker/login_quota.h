// How many logins each caller may have begun of late: what is attacker-sized is bounded.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <deque>
#include <string>

#include "base/clock.h"

namespace tokenbroker {

// Loop thread only.
class LoginQuota {
 public:
  LoginQuota(size_t most, absl::Duration window) : most_(most), window_(window) {}

  // From now on this is how many each caller may have.
  void SetMost(size_t most) { most_ = most; }
  // Counts one login of `caller`. nullopt when it may begin, else how long until one may.
  absl::optional<absl::Duration> Take(const std::string& caller, SteadyTime now);
  // One of the logins that were counted did not come about, or is over.
  void GiveBack(const std::string& caller);
  // How many callers are remembered.
  size_t callers() const { return begun_.size(); }

 private:
  void Forget(SteadyTime now);

  size_t most_;
  const absl::Duration window_;
  SteadyTime forgot_at_;
  absl::flat_hash_map<std::string, std::deque<SteadyTime>> begun_;
};

}  // namespace tokenbroker
