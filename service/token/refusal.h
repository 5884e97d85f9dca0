// Why a caller did not get what it asked for: the one error vocabulary of the broker. A refusal
// travels inside an absl::Status and becomes google.rpc.ErrorInfo in rpc/.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tokenbroker {

// The reasons of the public API, in the order of proto/tokenbroker/v1/error.proto.
enum class Reason {
  kFieldInvalid,
  kProviderUnknown,
  kRedirectUriNotAllowed,
  kCallbackMalformed,
  kGenerationUnknown,
  kScopeInvalid,
  kGrantNotFound,
  kLoginNotFound,
  kReauthorizationRequired,
  kProviderMisconfigured,
  kLoginDenied,
  kLoginInteractionRequired,
  kLoginAlreadyUsed,
  kLoginNotBound,
  kLoginOutcomeUnknown,
  kCodeRejected,
  kIssuerMismatch,
  kIdTokenInvalid,
  kAccountMismatch,
  kScopeMissing,
  kTokenKeepsBeingRejected,
  kMinTtlUnsatisfiable,
  kCallerNotAllowed,
  kCallerUnknown,
  kQuotaExceeded,
  kProviderUnavailable,
  kProviderThrottled,
  kStoreUnavailable,
  kCallerCheckUnavailable,
  kAuditUnavailable,
};

// "GRANT_NOT_FOUND"
absl::string_view ReasonName(Reason reason);
// The canonical code that goes with each reason.
absl::StatusCode ReasonCode(Reason reason);
// The reason of that name; nullopt for another text.
absl::optional<Reason> ReasonFromName(absl::string_view name);

// What asking again does.
enum class Retry {
  kByReason,  // What `retry_after` says or, without it, what the reason's code does.
  kUseless,   // It repeats this refusal: something else must be done first.
};

struct Refusal {
  Reason reason = Reason::kFieldInvalid;
  // For people: lower case, what is wrong and what would mend it. Never a secret.
  std::string message;
  std::string provider;
  // The registered OAuth error code of the provider's answer; nothing else of it is quoted.
  std::string provider_error;
  // Grant.state_reason in lower_snake_case, or what narrows the reason down.
  std::string cause;
  int64_t generation = 0;
  std::vector<std::string> missing_scopes;
  // When waiting helps: for how long.
  absl::optional<absl::Duration> retry_after;
  Retry retry = Retry::kByReason;
  // Given back by a login that the user or the provider refused (opaque to us).
  std::string caller_context;

  friend bool operator==(const Refusal& a, const Refusal& b);
};

// The refusal as a Status with its reason's code; the details ride in a payload.
absl::Status ToStatus(const Refusal& refusal);
// The refusal inside `status`; nullopt when it carries none.
absl::optional<Refusal> RefusalOf(const absl::Status& status);

// INVALID_ARGUMENT FIELD_INVALID: "`field` `problem`".
absl::Status FieldInvalid(absl::string_view field, absl::string_view problem);

// PERMISSION_DENIED CALLER_NOT_ALLOWED: the same words whatever the reason, so that nobody learns
// which grants there are.
absl::Status CallerNotAllowed();

// The text form of a refusal, for stores that keep the outcome of a login. ParseRefusal(
// SerializeRefusal(r)) == r; nullopt for any other bytes.
std::string SerializeRefusal(const Refusal& refusal);
absl::optional<Refusal> ParseRefusal(absl::string_view bytes);

}  // namespace tokenbroker
