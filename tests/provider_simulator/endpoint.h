// The endpoints of the simulated provider, as settings, faults and counters name them. Any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_ENDPOINT_H_
#define TESTS_PROVIDER_SIMULATOR_ENDPOINT_H_

#include <array>
#include <string>

#include "absl/types/optional.h"

namespace provider_simulator {

enum class Endpoint { kMetadata, kAuthorize, kToken, kUserinfo, kRevoke, kJwks, kOther };

inline constexpr std::array<Endpoint, 7> kAllEndpoints = {
    Endpoint::kMetadata, Endpoint::kAuthorize, Endpoint::kToken, Endpoint::kUserinfo,
    Endpoint::kRevoke,   Endpoint::kJwks,      Endpoint::kOther};

// "metadata", "authorize", "token", "userinfo", "revoke", "jwks"; "other" is every unknown path.
const char* EndpointName(Endpoint endpoint);
absl::optional<Endpoint> EndpointFromName(const std::string& name);

// The endpoint that serves a path. `/v1/me` is a second userinfo endpoint, Spotify style.
Endpoint EndpointForPath(const std::string& path);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_ENDPOINT_H_
