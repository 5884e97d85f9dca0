#include "tests/provider_simulator/metadata_and_userinfo.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "absl/strings/match.h"
#include "tests/provider_simulator/settings_json.h"

namespace provider_simulator {

HttpReply ServeMetadata(const ProviderState& state) {
  boost::json::array methods;
  for (ClientAuthentication method : state.settings.client_authentication) {
    methods.emplace_back(ClientAuthenticationName(method));
  }
  boost::json::object metadata = {
      {"issuer", state.issuer},
      {"authorization_endpoint", state.issuer + "/authorize"},
      {"token_endpoint", state.issuer + "/token"},
      {"userinfo_endpoint", state.issuer + "/userinfo"},
      {"revocation_endpoint", state.issuer + "/revoke"},
      {"jwks_uri", state.issuer + "/jwks"},
      {"response_types_supported", {"code"}},
      {"grant_types_supported", {"authorization_code", "refresh_token"}},
      {"code_challenge_methods_supported", {"S256"}},
      {"subject_types_supported", {"public"}},
      {"id_token_signing_alg_values_supported", {"HS256"}},
      {"authorization_response_iss_parameter_supported", state.settings.announce_iss}};
  metadata["revocation_endpoint_auth_methods_supported"] = methods;
  metadata["token_endpoint_auth_methods_supported"] = std::move(methods);
  return JsonReply(200, boost::json::serialize(metadata));
}

HttpReply ServeJwks() { return JsonReply(200, R"({"keys":[]})"); }

HttpReply ServeUserinfo(const ProviderState& state, const HttpRequest& request, absl::Time now) {
  static const std::string kScheme = "Bearer ";
  const std::string authorization = request.Header("authorization");
  const Family* family = nullptr;
  if (absl::StartsWithIgnoreCase(authorization, kScheme)) {
    family = state.tokens.FindByAccessToken(authorization.substr(kScheme.size()), now);
  }
  if (family == nullptr) {
    HttpReply reply = JsonReply(401, R"({"error":"invalid_token"})");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return reply;
  }
  const Login& login = family->login;
  if (request.path == "/v1/me") {
    return JsonReply(200, boost::json::serialize(boost::json::object{
                              {"id", login.account_id}, {"display_name", login.user}}));
  }
  return JsonReply(200, boost::json::serialize(boost::json::object{
                            {"sub", login.account_id}, {"preferred_username", login.user}}));
}

}  // namespace provider_simulator
