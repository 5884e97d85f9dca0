#include "tests/provider_simulator/client_authentication.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "tests/provider_simulator/digest_and_base64.h"

namespace provider_simulator {
namespace {

struct Credentials {
  ClientAuthentication method = ClientAuthentication::kNone;
  std::string id;
  std::string secret;
};

OAuthError InvalidClient(const std::string& description) {
  return {"invalid_client", description, 401};
}

absl::optional<Credentials> BasicCredentials(const std::string& authorization) {
  static const std::string kScheme = "Basic ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return absl::nullopt;
  const auto decoded = Base64Decode(authorization.substr(kScheme.size()));
  if (!decoded.has_value()) return absl::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) return absl::nullopt;
  const auto id = FormDecode(decoded->substr(0, colon));
  const auto secret = FormDecode(decoded->substr(colon + 1));
  if (!id.has_value() || !secret.has_value()) return absl::nullopt;
  return Credentials{ClientAuthentication::kBasic, *id, *secret};
}

}  // namespace

std::variant<Client, OAuthError> AuthenticateClient(
    const std::string& authorization, const Form& form,
    const std::map<std::string, Client>& clients, const std::set<ClientAuthentication>& accepted) {
  Credentials credentials;
  credentials.id = Field(form, "client_id");
  credentials.secret = Field(form, "client_secret");
  if (!credentials.secret.empty()) credentials.method = ClientAuthentication::kPost;
  if (!authorization.empty()) {
    const auto basic = BasicCredentials(authorization);
    if (!basic.has_value()) return InvalidClient("malformed Authorization header");
    if (!credentials.secret.empty()) {
      return OAuthError{"invalid_request", "two client authentication methods at once"};
    }
    if (!credentials.id.empty() && credentials.id != basic->id) {
      return OAuthError{"invalid_request", "two client ids"};
    }
    credentials = *basic;
  }

  const auto found = clients.find(credentials.id);
  if (found == clients.end()) return InvalidClient("unknown client");
  if (accepted.count(credentials.method) == 0) {
    return InvalidClient("client authentication method is not accepted");
  }
  if (found->second.secret != credentials.secret) return InvalidClient("wrong client secret");
  return found->second;
}

}  // namespace provider_simulator
