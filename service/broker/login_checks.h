// What a callback must satisfy before its login is touched and before the provider is asked. Pure
// functions; any thread.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "broker/login_service.h"
#include "oauth/callback.h"
#include "oauth/resolved_provider.h"
#include "store/login_store.h"

namespace tokenbroker {

// `login` is the one that `callback` names by its state; whether its caller asks was seen to
// before. In this order:
//   FAILED_PRECONDITION LOGIN_NOT_BOUND  another browser_state, or another subject; neither of
//   them,
//                                        where one is required
//   INVALID_ARGUMENT CALLBACK_MALFORMED  another path than the redirect URI's
//   FAILED_PRECONDITION ISSUER_MISMATCH  RFC 9207
//   FAILED_PRECONDITION CODE_REJECTED    cause client_changed: the provider's client_id or issuer
//   in
//                                        the configuration is no longer the one that the code is
//                                        for
absl::Status CheckCallback(const ExchangeCodeRequest& request, const Callback& callback,
                           const Login& login, const ResolvedProvider& provider,
                           BrowserBinding binding = BrowserBinding::kOptional);

// SHA-256 of what the callback presents: its code, or the error that came in its place.
std::string PresentedHash(const Callback& callback);

}  // namespace tokenbroker
