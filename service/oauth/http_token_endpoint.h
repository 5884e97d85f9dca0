// TokenEndpoint over HTTP: puts requests together, sends each once, gives the answers to the
// parsers.
#pragma once

#include "base/clock.h"
#include "http/http_client.h"
#include "oauth/error_class.h"
#include "oauth/form_body.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

// Loop thread only. `http` and `clock` must outlive it and its calls.
class HttpTokenEndpoint : public TokenEndpoint {
 public:
  HttpTokenEndpoint(HttpClient& http, const Clock& clock) : http_(http), clock_(clock) {}

  Task<TokenAnswer> Refresh(RefreshTokenRequest request) override;
  Task<TokenAnswer> ExchangeCode(CodeExchangeRequest request) override;
  // UNAVAILABLE when the provider did not say 2xx, or the client's assertion cannot be signed.
  Task<absl::Status> Revoke(RevocationRequest request) override;
  // The account's issuer is empty: its id is the userinfo endpoint's, no ID token's.
  Task<absl::StatusOr<Account>> FetchAccount(std::shared_ptr<const ResolvedProvider> provider,
                                             Secret access_token) override;

 private:
  Task<TokenAnswer> Ask(Where where, std::shared_ptr<const ResolvedProvider> provider,
                        Secret client_secret, FormBody body, std::string traceparent);

  HttpClient& http_;
  const Clock& clock_;
};

}  // namespace tokenbroker
