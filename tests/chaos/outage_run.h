// Callers ask while Redis has a bad time, and nobody may notice: tokens are refreshed from half of
// their life on, so that some are due at any time and good for as long as an outage and the
// settling after it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/chaos/fleet.h"

namespace tokenbroker {

class OutageRun : public FleetTest {
 protected:
  // Before the replicas are started.
  void PrepareProvider();
  // As many grants as the run is long.
  void LogInAll() { subjects_ = LogInMany(HowMany(30, 200)); }
  // `outage` takes place while refreshes are under way; returns when what was broken goes again, or
  // will by itself. Ends all replicas.
  void RunAcross(const char* name, const std::function<void()>& outage);

  absl::Duration life_;
  std::vector<std::string> subjects_;
};

}  // namespace tokenbroker
