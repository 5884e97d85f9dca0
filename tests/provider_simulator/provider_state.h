// Everything one simulated provider knows. Not synchronized: SimulatedProvider locks around it, the
// endpoint functions (authorize_endpoint.h and its neighbours) work on it.

#ifndef TESTS_PROVIDER_SIMULATOR_PROVIDER_STATE_H_
#define TESTS_PROVIDER_SIMULATOR_PROVIDER_STATE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "absl/types/optional.h"
#include "tests/provider_simulator/codes_and_tokens.h"
#include "tests/provider_simulator/counters.h"
#include "tests/provider_simulator/faults.h"
#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/settings.h"
#include "tests/provider_simulator/token_history.h"

namespace provider_simulator {

// The issuer that wrong answers name.
inline constexpr char kWrongIssuer[] = "https://wrong-issuer.example";

struct ProviderState {
  std::string issuer;
  Settings settings;
  std::map<std::string, User> users = {{"alice", {"alice", "account-alice"}},
                                       {"bob", {"bob", "account-bob"}}};
  std::map<std::string, Client> clients = {{"client", {"client", "secret", {}}}};
  FaultQueue faults;
  CodesAndTokens tokens;
  Counters counters;
  // Since somebody asked for it; the last one is under way while it is served.
  absl::optional<TokenHistory> history;
  std::set<std::uint64_t> token_connections;
  std::deque<HttpRequest> requests;  // while settings.record_requests
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_PROVIDER_STATE_H_
