// The authorization endpoint (RFC 6749 4.1.1, RFC 7636 4.3, RFC 9207).

#ifndef TESTS_PROVIDER_SIMULATOR_AUTHORIZE_ENDPOINT_H_
#define TESTS_PROVIDER_SIMULATOR_AUTHORIZE_ENDPOINT_H_

#include <string>

#include "absl/time/time.h"
#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/provider_state.h"

namespace provider_simulator {

HttpReply ServeAuthorize(ProviderState& state, const HttpRequest& request, absl::Time now);

// What happens when `user` approves: a 302 to the redirect URI with a code, or the refusal of a
// request that is wrong (a 302 with `error`, or a page with status 400).
HttpReply ApproveLogin(ProviderState& state, const Form& request, const std::string& user,
                       absl::Time now);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_AUTHORIZE_ENDPOINT_H_
