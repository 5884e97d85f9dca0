// The login use cases: send a user to the provider, and take the user back.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/trace_context.h"
#include "broker/fresh_token.h"
#include "config/policy_rule.h"
#include "io/task.h"
#include "token/grant.h"

namespace tokenbroker {

// What the policy permits a caller at the end of a login.
struct LoginEnd {
  BrowserBinding browser_binding = BrowserBinding::kOptional;
  // Whose grant the login may replace.
  Owner owner = Owner::kAny;
};

struct BuildLoginUriRequest {
  GrantKey key;
  // The authenticated identity of the caller; only the same may finish the login.
  std::string caller;
  // Empty: the only one that is configured.
  std::string redirect_uri;
  std::vector<std::string> scopes;
  // Ask for exactly `scopes`, not for the union with the provider's defaults and the grant's.
  bool replace_scopes = false;
  bool allow_account_change = false;
  std::map<std::string, std::string> authorization_params;
  // Opaque, at most 2 KiB; given back by ExchangeCode.
  std::string caller_context;
  // Another owner's grant counts as none where the caller may replace its own alone.
  Owner owner = Owner::kAny;
  // CALLER_NOT_ALLOWED when the login would ask for scopes beyond these (those that the grant has
  // already do not count) or for none, or come back to another place than these. Unset: no bound.
  absl::optional<std::vector<std::string>> max_scopes;
  absl::optional<std::vector<std::string>> redirect_uris;
};

struct LoginUri {
  std::string uri;
  std::string state;
  absl::Time expire_time;
};

struct ExchangeCodeRequest {
  std::string caller;
  // The whole URL or query that the browser came back with; or its parts below, not both.
  std::string callback_uri;
  std::string state;
  std::string code;
  std::string error;
  std::string issuer;
  // What binds the browser to the login: the state from its cookie, or the signed-in subject.
  std::string browser_state;
  std::string subject;
  TraceContext trace;
  // What the caller may do with the grant that the login turns out to be for; nullopt, and so
  // CALLER_NOT_ALLOWED: nothing. Is called once, before the provider is asked.
  std::function<absl::optional<LoginEnd>(const GrantKey&)> permit = [](const GrantKey&) {
    return LoginEnd();
  };
};

struct CompletedLogin {
  Grant grant;
  // Without a token when the provider's access token may not be used (the first refresh brings
  // one), and when a retry comes after its expiry.
  FreshToken token;
  std::string caller_context;
  // The provider is frozen at this moment.
  bool frozen = false;
};

// Loop thread only.
class LoginService {
 public:
  virtual ~LoginService() = default;
  virtual Task<absl::StatusOr<LoginUri>> BuildLoginUri(BuildLoginUriRequest request) = 0;
  // Safe to repeat with the same code. A caller that gives up cancels nothing.
  virtual Task<absl::StatusOr<CompletedLogin>> ExchangeCode(ExchangeCodeRequest request) = 0;
};

}  // namespace tokenbroker
