// The signed statement by which a private_key_jwt client says who it is (RFC 7523 section 3, OpenID
// Connect Core section 9). Pure; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "base/secret.h"
#include "crypto/json_web_signature.h"

namespace tokenbroker {

inline constexpr char kClientAssertionType[] =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
// Time for one request; what leaks of it is soon worth nothing.
inline constexpr absl::Duration kClientAssertionLife = absl::Seconds(60);

struct ClientAssertion {
  std::string client_id;
  // The authorization server's issuer; one string, as an assertion for several servers could be
  // passed on from one to another.
  std::string audience;
  // Never used before: RandomBytes(16) in base64url.
  std::string jwt_id;
  absl::Time now;
};

struct SigningKey {
  JwsAlgorithm algorithm = JwsAlgorithm::kRs256;
  // Empty: no `kid` is sent.
  std::string key_id;
  Secret pem;
};

// The JWT, which is as good as the client's secret for kClientAssertionLife. The errors of SignJws.
absl::StatusOr<Secret> SignClientAssertion(const ClientAssertion& assertion, const SigningKey& key);

}  // namespace tokenbroker
