#include "broker/login_refusals.h"

#include <string>

namespace tokenbroker {

Refusal LoginRefusal(Reason reason, absl::string_view provider, absl::string_view message) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.provider = std::string(provider);
  refusal.message = std::string(message);
  return refusal;
}

absl::Status StoreUnavailable() {
  Refusal refusal = LoginRefusal(Reason::kStoreUnavailable, "",
                                 "the store of grants and logins does not answer; ask again");
  refusal.retry_after = kAskAgain;
  return ToStatus(refusal);
}

absl::Status LoginNotFound() {
  return ToStatus(
      LoginRefusal(Reason::kLoginNotFound, "",
                   "no login with this state is pending (they live 10 minutes); start a "
                   "new one with BuildLoginUri"));
}

absl::Status RefusalOfBegin(BeginExchangeAnswer::Outcome outcome, absl::string_view provider) {
  using Outcome = BeginExchangeAnswer::Outcome;
  switch (outcome) {
    case Outcome::kNotFound:
    case Outcome::kWrongCaller:
      return LoginNotFound();
    case Outcome::kOtherCode:
      return ToStatus(LoginRefusal(Reason::kLoginAlreadyUsed, provider,
                                   "this login was used with another code; start a new one"));
    case Outcome::kOutcomeUnknown:
      return ToStatus(LoginRefusal(Reason::kLoginOutcomeUnknown, provider,
                                   "the exchange of this code was interrupted and a code is never "
                                   "presented twice; start a new login"));
    case Outcome::kNoStore:
    case Outcome::kUnavailable:
    case Outcome::kExpired:
    case Outcome::kGo:
    case Outcome::kBusy:
    case Outcome::kDone:
      break;
  }
  return StoreUnavailable();
}

absl::Status CheckReplay(const LoadAnswer& loaded, absl::string_view provider) {
  if (loaded.outcome == LoadAnswer::Outcome::kNoStore ||
      loaded.outcome == LoadAnswer::Outcome::kUnavailable) {
    return StoreUnavailable();
  }
  if (loaded.outcome == LoadAnswer::Outcome::kNotFound ||
      loaded.grant->state == GrantState::kDeleted) {
    return ToStatus(LoginRefusal(Reason::kGrantNotFound, provider,
                                 "the grant of this login was deleted meanwhile"));
  }
  if (loaded.grant->state != GrantState::kRevoked) return absl::OkStatus();
  Refusal refusal =
      LoginRefusal(Reason::kReauthorizationRequired, provider,
                   "the grant of this login was revoked meanwhile; start a new login");
  refusal.cause = std::string(StateReasonName(StateReason::kRevoked));
  refusal.generation = loaded.grant->generation;
  return ToStatus(refusal);
}

Refusal RefusalOfAccount(AccountVerdict verdict, absl::string_view provider,
                         const absl::optional<Grant>& present) {
  Refusal refusal;
  if (verdict == AccountVerdict::kUnlearned) {
    refusal = LoginRefusal(Reason::kProviderUnavailable, provider,
                           "the provider did not say whose account this is, and the stored grant's "
                           "must not be replaced unseen; the code is spent: start a new login");
    refusal.cause = "account_unknown";
  } else if (verdict == AccountVerdict::kUntold) {
    refusal = LoginRefusal(Reason::kAccountMismatch, provider,
                           "the provider tells no account that could be compared with the stored "
                           "grant's; log in with allow_account_change to replace it");
    refusal.cause = "account_unknown";
  } else {
    refusal = LoginRefusal(Reason::kAccountMismatch, provider,
                           "the user logged in as another account than the stored grant's; log in "
                           "with allow_account_change to replace it");
  }
  if (present) refusal.generation = present->generation;
  return refusal;
}

}  // namespace tokenbroker
