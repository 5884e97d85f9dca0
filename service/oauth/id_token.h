// ID tokens (OpenID Connect Core sections 2, 3.1.3.7 and 12.2). Their signature is not checked:
// they come straight from the token endpoint over TLS (3.1.3.7 point 6). Pure functions; any
// thread. No claim is ever quoted in an error.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "base/secret.h"
#include "oauth/token_endpoint.h"
#include "token/grant.h"

namespace tokenbroker {

inline constexpr size_t kMaxIdTokenBytes = 64 * 1024;
inline constexpr absl::Duration kIdTokenSkew = absl::Seconds(60);

// The claims, unchecked. FAILED_PRECONDITION ID_TOKEN_INVALID when `jwt` is too large or not three
// parts of base64url with a JSON object of the right types in the middle.
absl::StatusOr<IdTokenClaims> DecodeIdToken(absl::string_view jwt);

struct IdTokenExpectation {
  // Empty: the provider's issuer is not known, and any is taken.
  std::string issuer;
  std::string client_id;
  // What the login sent; empty: none, and the claim is ignored.
  Secret nonce;
  absl::Time now;
};

// The checks of a login (3.1.3.7). FAILED_PRECONDITION ID_TOKEN_INVALID whose cause names the
// claim: issuer, subject, audience, authorized_party, expiry, issue_time, nonce.
absl::Status CheckIdToken(const IdTokenClaims& claims, const IdTokenExpectation& expected);

enum class Identity { kSame, kChanged };

// The comparison after a refresh (12.2): issuer and subject as in `account`, and `client_id` among
// the audience. An account that is unknown, or known without an issuer (from userinfo, whose id is
// another name), has nothing to compare; the audience is compared always.
Identity CompareIdentity(const IdTokenClaims& claims, const Account& account,
                         absl::string_view client_id);

// The account that the claims name.
Account AccountOf(const IdTokenClaims& claims);

}  // namespace tokenbroker
