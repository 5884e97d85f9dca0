// The words in which a caller is refused. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

namespace tokenbroker {

// UNAUTHENTICATED CALLER_UNKNOWN. `why`: of what the caller itself showed, nothing else.
absl::Status CallerUnknown(absl::string_view why);

// UNAVAILABLE CALLER_CHECK_UNAVAILABLE: whoever can say who calls does not answer.
absl::Status CallerCheckUnavailable();

// RESOURCE_EXHAUSTED QUOTA_EXCEEDED: `what` the caller has too much of.
absl::Status QuotaExceeded(absl::string_view what, absl::Duration retry_after);

// UNAVAILABLE AUDIT_UNAVAILABLE: there is no room for the call's audit line.
absl::Status AuditUnavailable();

}  // namespace tokenbroker
