// What operators see of logins: one log line and one count for each that ended.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>

#include "base/metrics.h"
#include "base/trace_context.h"
#include "store/login_store.h"
#include "token/refusal.h"

namespace tokenbroker {

// Logs "login_finished" and counts tokenbroker_logins_total{provider,outcome}. Names who and which
// generation; never a code, a state or a token. Any thread.
void ReportGrantedLogin(Metrics& metrics, const Login& login, const TraceContext& trace,
                        int64_t generation);
// As above with the refusal's reason as the outcome.
void ReportRefusedLogin(Metrics& metrics, const Login& login, const TraceContext& trace,
                        const Refusal& refusal);
// Nothing was presented and the login is pending again: counted with the outcome "not_sent".
void ReportUnsentLogin(Metrics& metrics, const Login& login, const TraceContext& trace,
                       const Refusal& refusal);

}  // namespace tokenbroker
