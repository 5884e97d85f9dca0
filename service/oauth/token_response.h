// Reads what a token endpoint answered (RFC 6749 5.1 and 5.2), as the field really answers: JSON or
// form-encoded, errors under status 200, numbers as strings. Pure; any thread. Nothing of an answer
// is quoted beyond a registered error code.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "config/provider_config.h"
#include "http/http_client.h"
#include "oauth/error_class.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

inline constexpr size_t kMaxTokenAnswerBytes = 1 << 20;
inline constexpr size_t kMaxTokenBytes = 64 * 1024;
// An expires_in beyond this (ten years) is read as this.
inline constexpr absl::Duration kMaxTokenLifetime = absl::Hours(87600);

// Exactly one of the two is set.
struct ParsedTokenAnswer {
  absl::optional<TokenResponse> tokens;
  absl::optional<Failure> failure;
};

// Of a complete answer. The rules where the RFC leaves a gap:
// - A 2xx with an access token is a success whatever `error` says beside it, and so is one with a
//   refresh token and no error: a rotated refresh token is never thrown away.
// - An access token that may not be used (its type, its characters, its absence) beside a sound
//   refresh token: tokens with access_token_status not OK. Without one: a failure that was
//   answered, "access_token_refused" or "token_type_refused"; the old tokens stand.
// - A refresh token that is there and unsound, or an answer that names a field twice: a lost
//   answer, "malformed_answer". Ill-formed UTF-8 anywhere else spoils that value alone.
// - With a token_pointer all but `error` and the attributes are those of the object that it leads
// to,
//   when there is one: a token at the top is then another's.
// - expires_in absent, unreadable, zero or negative: the provider's default_token_lifetime.
// - Scopes that are none (RFC 6749 3.3) are left out; an empty or absent `scope` is unset.
ParsedTokenAnswer ParseTokenResponse(Where where, const ProviderConfig& config,
                                     const HttpResponse& response);

}  // namespace tokenbroker
