// What a live reload tells people: metrics, and one log line for each new mistake. Not thread-safe.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>

#include "base/metrics.h"

namespace tokenbroker {

class ReloadReport {
 public:
  // `what` ("keyring") is in the names of the metrics, tokenbroker_WHAT_last_reload_successful and
  // tokenbroker_WHAT_reloads_total{result}, and of the event WHAT_reload_failed. `metrics` outlives
  // the report. The first load was a success.
  ReloadReport(absl::string_view what, Metrics& metrics);

  void Succeeded();
  // The message must be fit for a log. The same one twice is logged once.
  void Failed(const absl::Status& status);

 private:
  const std::string what_;
  prometheus::Gauge& successful_;
  prometheus::Counter& successes_;
  prometheus::Counter& failures_;
  // The errors that were logged last, empty after a success.
  std::string last_errors_;
};

}  // namespace tokenbroker
