// What became of a token request, in the two respects that matter: was the secret in it presented,
// and whose fault is it.
#pragma once

#include <absl/strings/string_view.h>

namespace tokenbroker {

// Whether the provider may have acted on a token request.
enum class Delivery {
  // No byte of the body left us: nothing was presented.
  kNotSent,
  // A complete answer from which we know what the provider did.
  kAnswered,
  // Sent, and the answer is missing or unreadable: the provider may have rotated the token.
  kLostAnswer,
};

// Who is to blame for a failure, and so what the broker does about it.
enum class ErrorClass {
  kNone,
  // The refresh token is dead: the user must log in again.
  kGrantDead,
  // Wrong client secret, endpoint or registration: freezes the provider, condemns no grant.
  kOurConfiguration,
  // Time-outs, connection errors, 5xx, answers that make no sense.
  kProviderTrouble,
  // 429, slow_down.
  kQuota,
  // A refresh was sent and nobody knows its outcome; patience before the token is presented again.
  kRotationUnknown,
  // An authorization code was refused.
  kCodeRefused,
  // The caller asked for what the provider does not give (invalid_scope at login).
  kCallerMistake,
};
// "provider_trouble"; for logs, metrics and Grant.last_error.
absl::string_view ErrorClassName(ErrorClass error_class);

}  // namespace tokenbroker
