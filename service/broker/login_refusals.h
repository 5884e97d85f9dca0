// The words in which a login is refused, beside those of oauth/error_class.h. Pure functions; any
// thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include "base/boxed.h"
#include "broker/login_record.h"
#include "store/login_store.h"
#include "token/refusal.h"

namespace tokenbroker {

// How soon a caller that was told to ask again should.
inline constexpr absl::Duration kAskAgain = absl::Seconds(1);

Refusal LoginRefusal(Reason reason, absl::string_view provider, absl::string_view message);

// NOT_FOUND LOGIN_NOT_FOUND: the state is unknown, too old, or somebody else's; which of them is
// nobody's business.
absl::Status LoginNotFound();

// What an exchange that did not begin tells its caller. REQUIRES: `outcome` is none of kGo, kDone
// and kBusy.
absl::Status RefusalOfBegin(BeginExchangeAnswer::Outcome outcome, absl::string_view provider);

// OK when the grant of a finished login, which made `generation`, can be handed out again; what
// became of it otherwise.
absl::Status CheckReplay(const LoadAnswer& loaded, const GrantKey& key, int64_t generation);

// Why an exchange brought no tokens; with retry_after only where nothing was presented. REQUIRES:
// answer.tokens is not set.
Refusal RefusalOfAnswer(absl::string_view provider, const TokenAnswer& answer);

// Why the login must not replace the `present` grant. REQUIRES: `verdict` is not kAccepted.
Refusal RefusalOfAccount(AccountVerdict verdict, absl::string_view provider,
                         const Boxed<Grant>& present);

}  // namespace tokenbroker
