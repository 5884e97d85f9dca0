#include "oauth/client_assertion.h"

#include <absl/strings/str_cat.h>

#include <boost/json/serialize.hpp>
#include <utility>

#include "base/status_macros.h"
#include "crypto/base64url.h"

namespace tokenbroker {
namespace {

namespace json = boost::json;

std::string Part(const json::object& object) { return Base64UrlEncode(json::serialize(object)); }

json::object Header(const SigningKey& key) {
  const absl::string_view name = JwsName(key.algorithm);
  json::object header{{"alg", json::string_view(name.data(), name.size())}, {"typ", "JWT"}};
  if (!key.key_id.empty()) header["kid"] = key.key_id;
  return header;
}

json::object Claims(const ClientAssertion& assertion) {
  return {{"iss", assertion.client_id},
          {"sub", assertion.client_id},
          {"aud", assertion.audience},
          {"jti", assertion.jwt_id},
          {"iat", absl::ToUnixSeconds(assertion.now)},
          {"exp", absl::ToUnixSeconds(assertion.now + kClientAssertionLife)}};
}

}  // namespace

absl::StatusOr<Secret> SignClientAssertion(const ClientAssertion& assertion,
                                           const SigningKey& key) {
  const std::string input = absl::StrCat(Part(Header(key)), ".", Part(Claims(assertion)));
  TB_ASSIGN_OR_RETURN(const std::string signature, SignJws(key.algorithm, key.pem, input));
  return Secret(absl::StrCat(input, ".", Base64UrlEncode(signature)));
}

}  // namespace tokenbroker
