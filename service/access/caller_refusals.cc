#include "access/caller_refusals.h"

#include <string>

#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kAskAgain = absl::Seconds(1);

Refusal Make(Reason reason, absl::string_view message) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.message = std::string(message.data(), message.size());
  return refusal;
}

}  // namespace

absl::Status CallerUnknown(absl::string_view why) {
  return ToStatus(Make(Reason::kCallerUnknown, why));
}

absl::Status CallerCheckUnavailable() {
  Refusal refusal = Make(Reason::kCallerCheckUnavailable,
                         "the API server that checks service-account tokens does not answer");
  refusal.retry_after = kAskAgain;
  return ToStatus(refusal);
}

absl::Status QuotaExceeded(absl::string_view what, absl::Duration retry_after) {
  Refusal refusal = Make(Reason::kQuotaExceeded, what);
  refusal.retry_after = retry_after;
  return ToStatus(refusal);
}

absl::Status AuditUnavailable() {
  Refusal refusal = Make(Reason::kAuditUnavailable,
                         "the audit trail takes no more lines, and calls without one are refused");
  refusal.retry_after = kAskAgain;
  return ToStatus(refusal);
}

}  // namespace tokenbroker
