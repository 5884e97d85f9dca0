// The port to a provider's token endpoint (RFC 6749 section 3.2) and its neighbours. Never sends a
// request twice: whoever calls decides whether a secret is presented again.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "io/task.h"
#include "oauth/resolved_provider.h"
#include "token/grant.h"
#include "token/refresh_outcome.h"

namespace tokenbroker {

// The claims of an ID token that matter here (OpenID Connect Core section 2), unchecked.
struct IdTokenClaims {
  std::string issuer;
  std::string subject;
  std::vector<std::string> audience;
  std::string authorized_party;
  std::string nonce;
  absl::optional<absl::Time> expires_at;
  absl::optional<absl::Time> issued_at;
};

// A successful answer (RFC 6749 5.1).
struct TokenResponse {
  Secret access_token;
  std::string token_type;
  // Not OK when the access token may not be used (its type, its characters); the refresh token
  // beside it is sound and must be kept.
  absl::Status access_token_status;
  // From the answer or the provider's default_token_lifetime; unset: no known expiry.
  absl::optional<absl::Duration> expires_in;
  // Empty when absent, null or empty: the old one stays.
  Secret refresh_token;
  // Unset when the answer has no `scope`: as requested, or unchanged.
  absl::optional<std::vector<std::string>> scopes;
  // Set when the answer has an id_token; an error when that cannot be read.
  absl::optional<absl::StatusOr<IdTokenClaims>> id_token;
  std::map<std::string, std::string> attributes;
};

struct TokenAnswer {
  Delivery delivery = Delivery::kNotSent;
  // When the request was handed to the network: lifetimes count from here.
  SteadyTime sent_at;
  // Set on success, and then error_class is kNone.
  absl::optional<TokenResponse> tokens;
  ErrorClass error_class = ErrorClass::kNone;
  // The registered OAuth error code of the answer, or the broker's word for what went wrong
  // ("timeout", "connection", "malformed_answer", "http_503", "assertion_not_signed"). Never a
  // quotation.
  std::string error;
  absl::optional<absl::Duration> retry_after;
};

struct RefreshTokenRequest {
  std::shared_ptr<const ResolvedProvider> provider;
  Secret client_secret;
  Secret refresh_token;
  // W3C Trace Context, sent along; empty: none.
  std::string traceparent = {};
};

struct CodeExchangeRequest {
  std::shared_ptr<const ResolvedProvider> provider;
  Secret client_secret;
  Secret code;
  std::string redirect_uri;
  // Empty without PKCE.
  Secret code_verifier;
  // As RefreshTokenRequest's.
  std::string traceparent = {};
};

struct RevocationRequest {
  std::shared_ptr<const ResolvedProvider> provider;
  Secret client_secret;
  Secret token;
  // "refresh_token" or "access_token" (RFC 7009 2.1).
  std::string token_type_hint;
};

// Loop thread only.
class TokenEndpoint {
 public:
  virtual ~TokenEndpoint() = default;
  virtual Task<TokenAnswer> Refresh(RefreshTokenRequest request) = 0;
  virtual Task<TokenAnswer> ExchangeCode(CodeExchangeRequest request) = 0;
  // OK when the provider said 2xx; FAILED_PRECONDITION when it has no revocation endpoint.
  virtual Task<absl::Status> Revoke(RevocationRequest request) = 0;
  // The account's id from the configured userinfo endpoint. UNAVAILABLE when it cannot be had.
  virtual Task<absl::StatusOr<Account>> FetchAccount(
      std::shared_ptr<const ResolvedProvider> provider, Secret access_token) = 0;
};

}  // namespace tokenbroker
