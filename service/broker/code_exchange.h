// One exchange of one authorization code (RFC 6749 4.1.3), from taking the login until its grant or
// its refusal is stored. Whoever asked may leave: it goes on.
//
// A code is presented at most once: the store says GO to one attempt only, and the attempt gives
// the login back only when nothing of the code has left us.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/boxed.h"
#include "broker/broker_parts.h"
#include "broker/in_flight.h"
#include "broker/login_record.h"
#include "broker/login_service.h"
#include "oauth/callback.h"
#include "oauth/token_endpoint.h"
#include "store/login_store.h"

namespace tokenbroker {

// A callback that CheckCallback let pass.
struct CheckedCallback {
  Callback callback;
  std::string caller;
  std::shared_ptr<const ResolvedProvider> provider;
  // Whose grant it may replace.
  Owner owner = Owner::kAny;
  // Of the call that came with it first.
  TraceContext trace;
};

// Loop thread only.
class CodeExchange {
 public:
  // All outlive the exchange and the revocations that it leaves behind.
  CodeExchange(BrokerParts& parts, LoginStore& logins, InFlight& in_flight,
               CheckedCallback checked);
  CodeExchange(const CodeExchange&) = delete;
  CodeExchange& operator=(const CodeExchange&) = delete;

  // REQUIRES: called once. Ends when the outcome is stored, however long the store is away.
  Task<absl::StatusOr<CompletedLogin>> Run();

  // What stands in the way at this moment is the store, not the provider.
  bool waits_for_store() const { return waits_for_store_; }

 private:
  using Result = absl::StatusOr<CompletedLogin>;

  // By the policy; what the account says comes later.
  bool MayReplacePresent() const;
  Task<BeginExchangeAnswer> Begin();
  Task<Result> Replay(BeginExchangeAnswer begun);
  Task<Result> Present();
  Task<Result> Accept(TokenAnswer answer);
  Task<absl::StatusOr<Account>> LearnAccount(Secret access_token);
  Task<Result> StoreGrant(TokenAnswer answer, absl::StatusOr<Account> account);
  Task<Result> Refuse(Refusal refusal);
  Task<Result> GiveBack(Refusal refusal);
  Task<FinishExchangeAnswer> Finish(FinishExchangeRequest request);
  Task<void> BackOff(int failures);

  absl::Status CheckIdTokenOf(const TokenResponse& tokens) const;
  FinishExchangeRequest MakeFinishRequest(LoginOutcome outcome) const;
  int64_t NextGeneration(int64_t above) const;
  CompletedLogin Complete(const Grant& grant, const StoreTimeMark& mark, TokenSource source) const;
  void LearnFrom(const TokenAnswer& answer, const ClientSecret& used);
  void Revoke(const TokenResponse& tokens);

  BrokerParts& parts_;
  LoginStore& logins_;
  InFlight& in_flight_;
  const CheckedCallback checked_;
  const ProviderConfig& config_;
  const Attempt attempt_;
  bool waits_for_store_ = false;
  // Of an exchange that a shutdown waits for: until it has ended, or is safe on disk.
  absl::optional<InFlight::Ticket> ticket_;
  // From when on the store may have said what is cached in the end.
  absl::optional<AnnouncedChanges::Listener> listener_;

  // From the store's GO.
  Login login_;
  Boxed<Grant> present_;
  StoreTimeMark mark_;
};

}  // namespace tokenbroker
