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

}  // namespace tokenbroker
