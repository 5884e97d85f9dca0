// The refusals of the token use case, each worded once. Any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <string>

#include "token/grant.h"
#include "token/grant_key.h"
#include "token/refresh_outcome.h"

namespace tokenbroker {

absl::Status GrantNotFound(const GrantKeyView& key);
absl::Status ProviderUnknown(absl::string_view provider);
absl::Status StoreUnavailable(absl::string_view provider);
// REAUTHORIZATION_REQUIRED: the user must log in again, because of `cause`. `provider_error` is the
// registered error code that said so, if one did.
absl::Status ReauthorizationRequired(absl::string_view provider, StateReason cause,
                                     int64_t generation, absl::string_view provider_error = "");
// What stands in the way when a refresh fails for a reason of `error_class` (kOurConfiguration,
// kProviderTrouble, kQuota or kRotationUnknown). `error` is a registered OAuth error code or the
// broker's own word.
absl::Status RefreshFailed(absl::string_view provider, ErrorClass error_class,
                           absl::string_view error, absl::optional<absl::Duration> retry_after);

}  // namespace tokenbroker
