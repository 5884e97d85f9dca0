// Where the browser is sent to log in (RFC 6749 section 4.1.1). Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "oauth/resolved_provider.h"

namespace tokenbroker {

struct AuthorizationRequest {
  // REQUIRES: not null.
  std::shared_ptr<const ResolvedProvider> provider;
  // From ChooseRedirectUri.
  std::string redirect_uri;
  std::vector<std::string> scopes;
  std::string state;
  // From MakeCodeVerifier; only its challenge is sent. Empty: no PKCE.
  Secret code_verifier;
  // Empty: none is sent. REQUIRED by the caller when `openid` is asked for.
  Secret nonce;
  // The caller's own parameters.
  std::map<std::string, std::string> params;
};

// The login URI: the endpoint with its own query kept, then every parameter once and
// percent-encoded once. The provider's authorization_params are always added; a caller may add (or
// override) only those in its allowed_authorization_params.
//
// INVALID_ARGUMENT SCOPE_INVALID for a scope that is none; INVALID_ARGUMENT FIELD_INVALID naming
// `authorization_params.<name>` for a reserved or not allowed name or a value that is too long or
// not printable; FAILED_PRECONDITION PROVIDER_MISCONFIGURED when the endpoint's query or the
// configured parameters hold a reserved name or the same name twice.
absl::StatusOr<std::string> BuildAuthorizationUri(const AuthorizationRequest& request);

}  // namespace tokenbroker
