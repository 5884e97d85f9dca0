// What a client reads: metadata (RFC 8414, OIDC Discovery), the key set and userinfo.

#ifndef TESTS_PROVIDER_SIMULATOR_METADATA_AND_USERINFO_H_
#define TESTS_PROVIDER_SIMULATOR_METADATA_AND_USERINFO_H_

#include "absl/time/time.h"
#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/provider_state.h"

namespace provider_simulator {

HttpReply ServeMetadata(const ProviderState& state);

// No keys: ID tokens are signed HS256 with the client secret.
HttpReply ServeJwks();

// /userinfo answers as OIDC Core 5.3, /v1/me as Spotify; both want a good bearer token (RFC 6750).
HttpReply ServeUserinfo(const ProviderState& state, const HttpRequest& request, absl::Time now);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_METADATA_AND_USERINFO_H_
