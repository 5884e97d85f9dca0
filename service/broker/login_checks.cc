#include "broker/login_checks.h"

#include <absl/strings/str_cat.h>

#include <string>

#include "base/secret.h"
#include "base/status_macros.h"
#include "broker/login_refusals.h"
#include "crypto/digest.h"

namespace tokenbroker {
namespace {

// Secret compares in constant time.
bool SameText(const std::string& a, const std::string& b) { return Secret(a) == Secret(b); }

absl::Status NotBound(const Login& login, absl::string_view message) {
  return ToStatus(LoginRefusal(Reason::kLoginNotBound, login.key.provider, message));
}

absl::Status CheckBinding(const ExchangeCodeRequest& request, const Callback& callback,
                          const Login& login, BrowserBinding binding) {
  const bool unbound = request.browser_state.empty() && request.subject.empty();
  if (unbound && binding == BrowserBinding::kRequired) {
    return NotBound(login,
                    "give browser_state (the state from the cookie of the browser that was sent "
                    "away) or subject (the signed-in user): without one, a link could land another "
                    "person's account here");
  }
  const bool other_browser =
      !request.browser_state.empty() && !SameText(request.browser_state, callback.state);
  const bool other_subject = !request.subject.empty() && request.subject != login.key.subject;
  if (!other_browser && !other_subject) return absl::OkStatus();
  return NotBound(login, other_browser
                             ? "browser_state is not this login's state: the callback came to "
                               "another browser than the one that was sent away"
                             : "subject is not the one that this login was begun for");
}

// The code is good for the client and the issuer that the browser was sent to.
absl::Status CheckClient(const Login& login, const ResolvedProvider& provider) {
  if (login.client_id == provider.config->client_id && login.issuer == provider.issuer) {
    return absl::OkStatus();
  }
  Refusal refusal = LoginRefusal(Reason::kCodeRejected, login.key.provider,
                                 "the provider's client_id or issuer was changed in the "
                                 "configuration while this login was pending; start a new one");
  refusal.cause = std::string(StateReasonName(StateReason::kClientChanged));
  return ToStatus(refusal);
}

// The pure checks know no provider's name.
absl::Status Naming(const Login& login, const absl::Status& status) {
  absl::optional<Refusal> refusal = RefusalOf(status);
  if (!refusal) return status;
  refusal->provider = login.key.provider;
  return ToStatus(*refusal);
}

}  // namespace

absl::Status CheckCallback(const ExchangeCodeRequest& request, const Callback& callback,
                           const Login& login, const ResolvedProvider& provider,
                           BrowserBinding binding) {
  TB_RETURN_IF_ERROR(CheckBinding(request, callback, login, binding));
  TB_RETURN_IF_ERROR(Naming(login, CheckRedirectPath(callback, login.redirect_uri)));
  const IssuerRule rule = provider.issuer_required ? IssuerRule::kRequired : IssuerRule::kOptional;
  TB_RETURN_IF_ERROR(Naming(login, CheckIssuer(callback, login.issuer, rule)));
  return CheckClient(login, provider);
}

std::string PresentedHash(const Callback& callback) {
  if (!callback.error.empty()) return Sha256(absl::StrCat("error=", callback.error));
  return Sha256(callback.code.Expose());
}

}  // namespace tokenbroker
