#include "broker/refusals.h"

#include <absl/strings/str_cat.h>

#include "token/refusal.h"

namespace tokenbroker {
namespace {

Refusal Make(Reason reason, absl::string_view provider, std::string message) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.provider = std::string(provider);
  refusal.message = std::move(message);
  return refusal;
}

}  // namespace

absl::Status GrantNotFound(const GrantKeyView& key) {
  return ToStatus(Make(Reason::kGrantNotFound, key.provider,
                       "no grant for this tenant, provider and subject: the user must log in"));
}

absl::Status ProviderUnknown(absl::string_view provider) {
  return ToStatus(
      Make(Reason::kProviderUnknown, provider, "provider names no provider of the configuration"));
}

absl::Status StoreUnavailable(absl::string_view provider) {
  Refusal refusal =
      Make(Reason::kStoreUnavailable, provider, "the store of grants does not answer; try again");
  refusal.retry_after = absl::Seconds(1);
  return ToStatus(refusal);
}

absl::Status ReauthorizationRequired(absl::string_view provider, StateReason cause,
                                     int64_t generation, absl::string_view provider_error) {
  Refusal refusal = Make(Reason::kReauthorizationRequired, provider,
                         absl::StrCat("the user must log in again: ", StateReasonName(cause)));
  refusal.cause = std::string(StateReasonName(cause));
  refusal.generation = generation;
  refusal.provider_error = std::string(provider_error);
  return ToStatus(refusal);
}

absl::Status RefreshFailed(absl::string_view provider, ErrorClass error_class,
                           absl::string_view error, absl::optional<absl::Duration> retry_after) {
  Refusal refusal;
  switch (error_class) {
    case ErrorClass::kOurConfiguration:
      refusal = Make(Reason::kProviderMisconfigured, provider,
                     "the provider refuses this broker's registration; an operator must check the "
                     "client id, the client secret and the endpoints");
      break;
    case ErrorClass::kQuota:
      refusal = Make(Reason::kProviderThrottled, provider, "the provider asks us to slow down");
      break;
    case ErrorClass::kRotationUnknown:
      refusal = Make(Reason::kProviderUnavailable, provider,
                     "the outcome of a refresh is not known yet; try again later");
      break;
    default:
      refusal = Make(Reason::kProviderUnavailable, provider,
                     "the provider does not give a new token at the moment");
  }
  if (error_class == ErrorClass::kRotationUnknown) {
    refusal.cause = std::string(ErrorClassName(error_class));
  } else {
    refusal.provider_error = std::string(error);
  }
  refusal.retry_after = retry_after;
  return ToStatus(refusal);
}

}  // namespace tokenbroker
