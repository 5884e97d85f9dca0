#include "tests/provider_simulator/id_token.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "tests/provider_simulator/digest_and_base64.h"
#include "tests/provider_simulator/provider_state.h"

namespace provider_simulator {

std::string MakeIdToken(IdToken kind, const std::string& issuer, const Login& login,
                        const std::string& client_secret, absl::Time now) {
  const absl::Time issued = kind == IdToken::kExpired ? now - absl::Hours(2) : now;
  boost::json::object claims;
  claims["iss"] = kind == IdToken::kWrongIss ? kWrongIssuer : issuer;
  claims["sub"] = kind == IdToken::kWrongSub ? "account-of-somebody-else" : login.account_id;
  claims["aud"] = kind == IdToken::kWrongAud ? "another-client" : login.client_id;
  claims["iat"] = absl::ToUnixSeconds(issued);
  claims["exp"] = absl::ToUnixSeconds(issued + absl::Hours(1));
  if (kind == IdToken::kWrongNonce) {
    claims["nonce"] = "nonce-of-another-login";
  } else if (kind != IdToken::kMissingNonce && !login.nonce.empty()) {
    claims["nonce"] = login.nonce;
  }
  const std::string signed_part = Base64UrlEncode(R"({"alg":"HS256","typ":"JWT"})") + "." +
                                  Base64UrlEncode(boost::json::serialize(claims));
  return signed_part + "." + Base64UrlEncode(HmacSha256(client_secret, signed_part));
}

}  // namespace provider_simulator
