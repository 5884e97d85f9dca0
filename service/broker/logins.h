// The login use cases over the ports: design "Life of a token", Login.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "broker/broker_parts.h"
#include "broker/code_exchange.h"
#include "broker/in_flight.h"
#include "broker/login_quota.h"
#include "broker/login_service.h"
#include "io/single_flight.h"

namespace tokenbroker {

struct LoginLimits {
  // Pending logins of one caller, counted by this replica over the life of a login.
  size_t pending_per_caller = 1000;
  // How long ExchangeCode keeps its caller waiting; the exchange goes on.
  absl::Duration patience = absl::Seconds(30);
};

// Loop thread only. Must outlive its exchanges: wait for WaitIdle, or end them with
// Loop::DropTasks.
class Logins : public LoginService {
 public:
  // Both outlive the logins.
  Logins(BrokerParts& parts, LoginStore& logins, LoginLimits limits = {});

  // Refusals: FIELD_INVALID, SCOPE_INVALID, PROVIDER_UNKNOWN, REDIRECT_URI_NOT_ALLOWED,
  // PROVIDER_UNAVAILABLE and PROVIDER_MISCONFIGURED (discovery), QUOTA_EXCEEDED, STORE_UNAVAILABLE.
  Task<absl::StatusOr<LoginUri>> BuildLoginUri(BuildLoginUriRequest request) override;

  // Nothing is consumed by CALLBACK_MALFORMED, LOGIN_NOT_FOUND, LOGIN_NOT_BOUND, ISSUER_MISMATCH,
  // STORE_UNAVAILABLE and by an UNAVAILABLE with retry_after: those may be repeated. Every other
  // refusal is the login's end and is repeated to whoever asks again with the same code.
  Task<absl::StatusOr<CompletedLogin>> ExchangeCode(ExchangeCodeRequest request) override;

  // Exchanges and revocations under way, whoever still waits for them.
  size_t in_flight() const { return in_flight_.count(); }
  bool Idle() const { return in_flight_.count() == 0; }
  // For a shutdown, after the last call came in. False when `deadline` came first.
  Task<bool> WaitIdle(SteadyTime deadline) { return in_flight_.WaitUntilNone(deadline); }

 private:
  using Result = absl::StatusOr<CompletedLogin>;

  Task<absl::StatusOr<Login>> PrepareLogin(BuildLoginUriRequest request,
                                           std::shared_ptr<const ResolvedProvider> provider);
  absl::Status TakeQuota(const std::string& caller, const std::string& provider);
  Task<absl::StatusOr<CheckedCallback>> Check(ExchangeCodeRequest request);
  Task<Result> Exchange(std::string flight, CheckedCallback checked);
  absl::Status StillWaiting(const std::string& flight, const std::string& provider) const;

  BrokerParts& parts_;
  LoginStore& logins_;
  const LoginLimits limits_;
  LoginQuota quota_;
  InFlight in_flight_;
  // By state and code: the same callback, asked twice at once, is one exchange.
  SingleFlight<std::string, Result> flights_;
  absl::flat_hash_map<std::string, std::shared_ptr<CodeExchange>> exchanges_;
};

}  // namespace tokenbroker
