#include "oauth/client_authentication.h"

#include <absl/strings/escaping.h>

#include <utility>

#include "base/status_macros.h"
#include "crypto/base64url.h"
#include "crypto/random.h"
#include "oauth/client_assertion.h"
#include "oauth/percent_encoding.h"

namespace tokenbroker {
namespace {

// 128 bits: nobody meets one twice.
constexpr size_t kJwtIdBytes = 16;

// One allocation each, wiped by Secret, so that no copy of the secret stays behind.
Secret BasicCredentials(absl::string_view id, absl::string_view secret) {
  std::string pair;
  pair.reserve(PercentEncodedSize(id, SpaceAs::kPlus) + 1 +
               PercentEncodedSize(secret, SpaceAs::kPlus));
  AppendPercentEncoded(id, SpaceAs::kPlus, &pair);
  pair.push_back(':');
  AppendPercentEncoded(secret, SpaceAs::kPlus, &pair);
  const Secret plain(std::move(pair));
  const Secret encoded(absl::Base64Escape(plain.Expose()));
  constexpr absl::string_view kScheme = "Basic ";
  std::string header;
  header.reserve(kScheme.size() + encoded.Expose().size());
  header.append(kScheme.data(), kScheme.size());
  header.append(encoded.Expose().data(), encoded.Expose().size());
  return Secret(std::move(header));
}

absl::Status AddAssertion(const ResolvedProvider& provider, const Secret& private_key,
                          absl::Time now, FormBody* body) {
  const ProviderConfig& config = *provider.config;
  ClientAssertion assertion;
  assertion.client_id = config.client_id;
  assertion.audience = provider.issuer.empty() ? provider.token_endpoint : provider.issuer;
  assertion.jwt_id = Base64UrlEncode(RandomBytes(kJwtIdBytes));
  assertion.now = now;
  const SigningKey key{config.signing_algorithm, config.key_id, private_key};
  TB_ASSIGN_OR_RETURN(Secret signed_assertion, SignClientAssertion(assertion, key));
  body->Add("client_id", config.client_id);
  body->Add("client_assertion_type", kClientAssertionType);
  body->Add("client_assertion", std::move(signed_assertion));
  return absl::OkStatus();
}

}  // namespace

absl::Status AuthenticateClient(const ResolvedProvider& provider, const Secret& client_secret,
                                absl::Time now, HttpRequest* request, FormBody* body) {
  const ProviderConfig& config = *provider.config;
  switch (config.client_authentication) {
    case ClientAuthentication::kBasic:
      request->headers.emplace_back("Authorization",
                                    BasicCredentials(config.client_id, client_secret.Expose()));
      return absl::OkStatus();
    case ClientAuthentication::kPost:
      body->Add("client_id", config.client_id);
      body->Add("client_secret", client_secret);
      return absl::OkStatus();
    case ClientAuthentication::kNone:
      body->Add("client_id", config.client_id);
      return absl::OkStatus();
    case ClientAuthentication::kPrivateKeyJwt:
      return AddAssertion(provider, client_secret, now, body);
  }
  return absl::OkStatus();
}

}  // namespace tokenbroker
