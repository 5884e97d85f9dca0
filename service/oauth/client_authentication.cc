#include "oauth/client_authentication.h"

#include <absl/strings/escaping.h>

#include "oauth/percent_encoding.h"

namespace tokenbroker {
namespace {

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

}  // namespace

void AuthenticateClient(const ProviderConfig& config, const Secret& client_secret,
                        HttpRequest* request, FormBody* body) {
  switch (config.client_authentication) {
    case ClientAuthentication::kBasic:
      request->headers.emplace_back("Authorization",
                                    BasicCredentials(config.client_id, client_secret.Expose()));
      return;
    case ClientAuthentication::kPost:
      body->Add("client_id", config.client_id);
      body->Add("client_secret", client_secret);
      return;
    case ClientAuthentication::kNone:
      body->Add("client_id", config.client_id);
      return;
  }
}

}  // namespace tokenbroker
