#include "broker/login_report.h"

#include <absl/strings/ascii.h>

#include <string>

#include "base/log.h"

namespace tokenbroker {
namespace {

void Report(Metrics& metrics, LogLevel level, absl::string_view event, const Login& login,
            const TraceContext& trace, const std::string& outcome, int64_t generation,
            const Refusal& refusal) {
  metrics
      .Counter("tokenbroker_logins_total", "Exchanges of authorization codes by their outcome.",
               {{"provider", login.key.provider}, {"outcome", outcome}})
      .Increment();
  Log(level, event,
      {{"tenant", login.key.tenant},
       {"provider", login.key.provider},
       {"subject", login.key.subject},
       {"caller", login.caller},
       {"outcome", outcome},
       {"generation", generation},
       {"provider_error", refusal.provider_error},
       {"cause", refusal.cause},
       TraceIdField(trace),
       RequestIdField(trace)});
}

}  // namespace

void ReportGrantedLogin(Metrics& metrics, const Login& login, const TraceContext& trace,
                        int64_t generation) {
  Report(metrics, LogLevel::kInfo, "login_finished", login, trace, "granted", generation,
         Refusal());
}

void ReportRefusedLogin(Metrics& metrics, const Login& login, const TraceContext& trace,
                        const Refusal& refusal) {
  const std::string outcome = absl::AsciiStrToLower(ReasonName(refusal.reason));
  Report(metrics, LogLevel::kWarning, "login_finished", login, trace, outcome, 0, refusal);
}

void ReportUnsentLogin(Metrics& metrics, const Login& login, const TraceContext& trace,
                       const Refusal& refusal) {
  Report(metrics, LogLevel::kWarning, "login_not_sent", login, trace, "not_sent", 0, refusal);
}

}  // namespace tokenbroker
