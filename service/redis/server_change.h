// Which server a client's calls reach, and whether that has changed.
#pragma once

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "base/clock.h"

namespace tokenbroker {

// Loop thread only.
class ServerChange {
 public:
  // A call is about to be sent to the server `run_id`.
  void Meet(absl::string_view run_id, SteadyTime now) {
    if (run_id_ == run_id) return;
    if (!run_id_.empty()) met_ = now;
    run_id_ = std::string(run_id);
  }
  // ARGV[1] of a script (redis_client.h).
  std::string Text(SteadyTime now) const {
    if (!met_) return run_id_;
    return absl::StrCat(run_id_, " ", absl::ToInt64Milliseconds(now - *met_));
  }

 private:
  std::string run_id_;
  // When, if there was another before.
  absl::optional<SteadyTime> met_;
};

}  // namespace tokenbroker
