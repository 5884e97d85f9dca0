// The token endpoint (RFC 6749 4.1.3, 5, 6) and the revocation endpoint (RFC 7009).

#ifndef TESTS_PROVIDER_SIMULATOR_TOKEN_ENDPOINT_H_
#define TESTS_PROVIDER_SIMULATOR_TOKEN_ENDPOINT_H_

#include "absl/time/time.h"
#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/provider_state.h"

namespace provider_simulator {

HttpReply ServeToken(ProviderState& state, const HttpRequest& request, absl::Time now);
HttpReply ServeRevoke(ProviderState& state, const HttpRequest& request);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_TOKEN_ENDPOINT_H_
