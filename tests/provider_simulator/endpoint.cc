#include "tests/provider_simulator/endpoint.h"

#include <map>

namespace provider_simulator {

const char* EndpointName(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kMetadata:
      return "metadata";
    case Endpoint::kAuthorize:
      return "authorize";
    case Endpoint::kToken:
      return "token";
    case Endpoint::kUserinfo:
      return "userinfo";
    case Endpoint::kRevoke:
      return "revoke";
    case Endpoint::kJwks:
      return "jwks";
    case Endpoint::kOther:
      return "other";
  }
  return "other";
}

absl::optional<Endpoint> EndpointFromName(const std::string& name) {
  for (Endpoint endpoint : kAllEndpoints) {
    if (name == EndpointName(endpoint)) return endpoint;
  }
  return absl::nullopt;
}

Endpoint EndpointForPath(const std::string& path) {
  static const auto* const kPaths = new std::map<std::string, Endpoint>{
      {"/.well-known/openid-configuration", Endpoint::kMetadata},
      {"/.well-known/oauth-authorization-server", Endpoint::kMetadata},
      {"/authorize", Endpoint::kAuthorize},
      {"/token", Endpoint::kToken},
      {"/userinfo", Endpoint::kUserinfo},
      {"/v1/me", Endpoint::kUserinfo},
      {"/revoke", Endpoint::kRevoke},
      {"/jwks", Endpoint::kJwks},
  };
  const auto found = kPaths->find(path);
  return found == kPaths->end() ? Endpoint::kOther : found->second;
}

}  // namespace provider_simulator
