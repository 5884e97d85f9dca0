#include "config/reload_report.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/log.h"

namespace tokenbroker {
namespace {

constexpr char kReloadsHelp[] = "Times that a changed file was read again.";

std::string ReloadsName(absl::string_view what) {
  return absl::StrCat("tokenbroker_", what, "_reloads_total");
}

}  // namespace

ReloadReport::ReloadReport(absl::string_view what, Metrics& metrics)
    : what_(what),
      successful_(metrics.Gauge(absl::StrCat("tokenbroker_", what, "_last_reload_successful"),
                                "1 while what is in force is what is on disk.")),
      successes_(metrics.Counter(ReloadsName(what), kReloadsHelp, {{"result", "success"}})),
      failures_(metrics.Counter(ReloadsName(what), kReloadsHelp, {{"result", "failure"}})) {
  successful_.Set(1);
}

void ReloadReport::Succeeded() {
  successful_.Set(1);
  successes_.Increment();
  last_errors_.clear();
}

void ReloadReport::Failed(const absl::Status& status) {
  successful_.Set(0);
  failures_.Increment();
  std::string errors(status.message());
  // Another file may have changed while the mistake is still the same.
  if (errors == last_errors_) return;
  Log(LogLevel::kError, absl::StrCat(what_, "_reload_failed"),
      {{"kept", "what was in force before"}, {"errors", errors}});
  last_errors_ = std::move(errors);
}

}  // namespace tokenbroker
