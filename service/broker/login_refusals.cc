#include "broker/login_refusals.h"

#include <string>

#include "broker/refusals.h"
#include "oauth/error_class.h"

namespace tokenbroker {

Refusal LoginRefusal(Reason reason, absl::string_view provider, absl::string_view message) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.provider = std::string(provider);
  refusal.message = std::string(message);
  return refusal;
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
  return StoreUnavailable(provider);
}

absl::Status CheckReplay(const LoadAnswer& loaded, const GrantKey& key, int64_t generation) {
  if (loaded.outcome == LoadAnswer::Outcome::kNoStore ||
      loaded.outcome == LoadAnswer::Outcome::kUnavailable) {
    return StoreUnavailable(key.provider);
  }
  if (loaded.outcome == LoadAnswer::Outcome::kNotFound ||
      loaded.grant->state == GrantState::kDeleted) {
    return GrantNotFound(key.view());
  }
  if (loaded.grant->generation < generation) {
    return ToStatus(LoginRefusal(Reason::kLoginOutcomeUnknown, key.provider,
                                 "the store has lost the grant of this login; start a new one"));
  }
  if (loaded.grant->state != GrantState::kRevoked) return absl::OkStatus();
  return ReauthorizationRequired(key.provider, StateReason::kRevoked, loaded.grant->generation);
}

Refusal RefusalOfAnswer(absl::string_view provider, const TokenAnswer& answer) {
  Refusal refusal = RefusalOfExchange(provider, answer.delivery, answer.error_class, answer.error);
  const bool unavailable = ReasonCode(refusal.reason) == absl::StatusCode::kUnavailable;
  if (answer.delivery == Delivery::kNotSent && unavailable) {
    refusal.retry_after = answer.retry_after.value_or(kAskAgain);
  } else if (answer.delivery == Delivery::kLostAnswer) {
    refusal.reason = Reason::kLoginOutcomeUnknown;
    refusal.message =
        "the provider's answer to the code was lost and a code is never presented twice; start a "
        "new login";
  }
  return refusal;
}

Refusal RefusalOfAccount(AccountVerdict verdict, absl::string_view provider,
                         const Boxed<Grant>& present) {
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
