// ID tokens (OIDC Core 2), signed HS256 with the client secret; a flaw is put in on request.

#ifndef TESTS_PROVIDER_SIMULATOR_ID_TOKEN_H_
#define TESTS_PROVIDER_SIMULATOR_ID_TOKEN_H_

#include <string>

#include "absl/time/time.h"
#include "tests/provider_simulator/codes_and_tokens.h"
#include "tests/provider_simulator/settings.h"

namespace provider_simulator {

// REQUIRES: `kind` is not kAbsent. The nonce is left out when the login had none.
std::string MakeIdToken(IdToken kind, const std::string& issuer, const Login& login,
                        const std::string& client_secret, absl::Time now);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_ID_TOKEN_H_
