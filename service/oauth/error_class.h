// The one table that says whose fault a provider's refusal is: by the body's registered `error`
// code first, by the HTTP status second. Pure functions; any thread. Codes that no registry lists
// are never quoted.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <string>

#include "http/http_client.h"
#include "token/refresh_outcome.h"
#include "token/refusal.h"

namespace tokenbroker {

// Where the refusal was met.
enum class Where { kRefresh, kCode };

// A request that brought no tokens.
struct Failure {
  Delivery delivery = Delivery::kNotSent;
  // Never kNone and never kRotationUnknown: what a lost answer means for a grant is for the broker
  // to say.
  ErrorClass error_class = ErrorClass::kProviderTrouble;
  // A registered code or the broker's word: "timeout", "connection", "host_unknown",
  // "certificate_name", "certificate_expired", "certificate_untrusted", "ca_file", "tls_handshake",
  // "answer_too_large",
  // "malformed_answer", "url_not_allowed", "address_not_allowed", "unregistered_error",
  // "http_<status>".
  std::string error;
};

// The code itself when a registry has it (RFC 6749, OpenID Connect Core, RFC 6750, 7009, 8628,
// 8707, 9449), the registered one that it stands for when GitHub or Slack say it,
// "unregistered_error" for another, empty for an empty one.
absl::string_view RegisteredError(absl::string_view code);

// Of a complete answer. `code` is the body's `error`, empty when it has none.
Failure ClassifyAnswer(Where where, int status, absl::string_view code);

// Of a request whose answer did not come. REQUIRES: result.response is not set.
Failure ClassifyNoAnswer(const HttpResult& result);

// What a caller is told. For kGrantDead REAUTHORIZATION_REQUIRED, and so on (design: the error
// classes). REQUIRES: error_class is not kNone.
Reason ReasonOf(Where where, ErrorClass error_class);

// The refusal of a code exchange that failed: reason, provider, provider_error and a message that
// says what to do next. The code is spent unless the failure is kNotSent.
Refusal RefusalOfExchange(absl::string_view provider, Delivery delivery, ErrorClass error_class,
                          absl::string_view error);

// The refusal of a callback that carries `error` (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6).
Refusal RefusalOfCallbackError(absl::string_view provider, absl::string_view error);

// Retry-After (RFC 9110 10.2.3): seconds or an HTTP date, between 1 s and kMaxRetryAfter; nullopt
// for anything else.
inline constexpr absl::Duration kMaxRetryAfter = absl::Hours(1);
absl::optional<absl::Duration> ParseRetryAfter(absl::string_view value, absl::Time now);

}  // namespace tokenbroker
