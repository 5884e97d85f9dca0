// One simulated authorization server with its control knobs: settings, users, clients, faults,
// grants and counters. Any thread; every method takes the one mutex and returns at once.
//
//   simulator->provider().Configure([](Settings& s) { s.auto_approve_user = "alice"; });
//   simulator->provider().AddFault(Endpoint::kToken, ErrorFault(503, "server_error").Times(2));
//   EXPECT_EQ(simulator->provider().counters().MaxPresented(), 1);
//
// It starts with the users `alice` (account `account-alice`) and `bob` (`account-bob`) and the
// client `client` with the secret `secret` and any redirect URI.

#ifndef TESTS_PROVIDER_SIMULATOR_SIMULATED_PROVIDER_H_
#define TESTS_PROVIDER_SIMULATOR_SIMULATED_PROVIDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/provider_simulator/counters.h"
#include "tests/provider_simulator/endpoint.h"
#include "tests/provider_simulator/faults.h"
#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/settings.h"
#include "tests/provider_simulator/token_history.h"

namespace provider_simulator {

// A grant = a family of refresh tokens that descend from one login.
struct GrantView {
  std::uint64_t family = 0;
  std::string user;
  std::string account_id;
  std::string client_id;
  std::vector<std::string> scopes;
  std::vector<std::string> refresh_tokens;  // every one issued, the newest last
  std::string revoked_because;              // empty while it stands; "reuse", "control", ...
};

class SimulatedProvider {
 public:
  using TimeSource = std::function<absl::Time()>;

  explicit SimulatedProvider(TimeSource now = [] { return absl::Now(); });
  ~SimulatedProvider();
  SimulatedProvider(const SimulatedProvider&) = delete;
  SimulatedProvider& operator=(const SimulatedProvider&) = delete;

  // The issuer identifier, e.g. "http://127.0.0.1:41234". Set once, before the first request.
  void set_issuer(std::string issuer);
  std::string issuer() const;
  std::string authorization_endpoint() const { return issuer() + "/authorize"; }
  std::string token_endpoint() const { return issuer() + "/token"; }
  std::string userinfo_endpoint() const { return issuer() + "/userinfo"; }
  std::string spotify_userinfo_endpoint() const { return issuer() + "/v1/me"; }
  std::string revocation_endpoint() const { return issuer() + "/revoke"; }

  Settings settings() const;
  // Runs `change` on the settings in force, under the mutex: it must not call back into this.
  void Configure(const std::function<void(Settings&)>& change);

  void PutUser(User user);  // adds, or replaces the one of that name
  bool RemoveUser(const std::string& name);
  std::map<std::string, User> users() const;
  void PutClient(Client client);  // adds, or replaces the one of that id
  bool RemoveClient(const std::string& id);
  std::map<std::string, Client> clients() const;

  void AddFault(Endpoint endpoint, Fault fault);
  void ClearFaults();
  std::map<Endpoint, std::deque<Fault>> faults() const;

  std::vector<GrantView> grants() const;
  // Each returns how many standing grants it revoked. Access tokens die with their grant.
  std::size_t RevokeUser(const std::string& name);
  std::size_t RevokeRefreshToken(const std::string& token);
  std::size_t RevokeAll();

  // The last 1,000 requests since `record_requests` was set, the newest last.
  std::vector<HttpRequest> requests() const;

  Counters counters() const;
  void ResetCounters();  // and the recorded requests
  // From now on every token request is remembered.
  void StartHistory();
  TokenHistory history() const;
  void Reset();  // everything as after construction; the issuer stays

  // A login without HTTP: approves the authorization request `login_uri` as `user` and returns the
  // URI that the browser would be sent to. INVALID_ARGUMENT when a page would be shown instead.
  absl::StatusOr<std::string> Approve(const std::string& login_uri, const std::string& user);

  // Serves one HTTP request.
  HttpReply Handle(const HttpRequest& request);

 private:
  struct State;

  // REQUIRES: the mutex is held. What it returns takes the mutex when it is dropped.
  std::shared_ptr<void> CountTokenRequest(const HttpRequest& request);

  const std::shared_ptr<State> state_;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_SIMULATED_PROVIDER_H_
