#include "broker/login_request.h"

#include <absl/algorithm/container.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>

#include "base/status_macros.h"
#include "oauth/redirect_uri.h"
#include "oauth/scope.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

// Consent that was withdrawn is not asked for again behind the caller's back.
bool HasConsent(const Grant& grant) {
  return grant.state == GrantState::kActive || grant.state == GrantState::kReauthorizationRequired;
}

}  // namespace

absl::Status CheckLoginRequest(const BuildLoginUriRequest& request) {
  TB_RETURN_IF_ERROR(Validate(request.key.view()));
  if (request.caller_context.size() > kMaxCallerContextBytes) {
    return FieldInvalid("caller_context",
                        absl::StrCat("may have at most ", kMaxCallerContextBytes, " bytes"));
  }
  if (request.scopes.size() > kMaxRequestScopes) {
    return FieldInvalid("scopes", absl::StrCat("may have at most ", kMaxRequestScopes, " entries"));
  }
  for (const std::string& scope : request.scopes) {
    if (scope.size() > kMaxScopeBytes) {
      return FieldInvalid("scopes",
                          absl::StrCat("may have entries of at most ", kMaxScopeBytes, " bytes"));
    }
  }
  if (request.authorization_params.size() > kMaxAuthorizationParams) {
    return FieldInvalid("authorization_params",
                        absl::StrCat("may have at most ", kMaxAuthorizationParams, " entries"));
  }
  // What the provider separates them by is looked at with the URI.
  return ValidateScopes(request.scopes, ScopeSeparator::kSpace);
}

absl::Status CheckLoginBounds(const ProviderConfig& config, const BuildLoginUriRequest& request,
                              const std::string& redirect_uri) {
  if (request.redirect_uris && !IsAllowedRedirectUri(*request.redirect_uris, redirect_uri)) {
    return CallerNotAllowed();
  }
  if (!request.max_scopes) return absl::OkStatus();
  const std::vector<std::string> asked = ScopesToAsk(config, request, Boxed<Grant>());
  // Asked for nothing in particular, a provider grants what it likes (RFC 6749 3.3).
  if (asked.empty()) return CallerNotAllowed();
  for (const std::string& scope : asked) {
    if (!absl::c_linear_search(*request.max_scopes, scope)) return CallerNotAllowed();
  }
  return absl::OkStatus();
}

std::vector<std::string> ScopesToAsk(const ProviderConfig& config,
                                     const BuildLoginUriRequest& request,
                                     const Boxed<Grant>& present) {
  if (request.replace_scopes) return UnionOfScopes(request.scopes, {});
  const std::vector<std::string> wanted = UnionOfScopes(config.scopes, request.scopes);
  if (!present || !HasConsent(*present)) return wanted;
  // A provider may have answered with what is no scope; asked for, it would bar every login.
  std::vector<std::string> granted;
  std::copy_if(present->scopes.begin(), present->scopes.end(), std::back_inserter(granted),
               [](const std::string& scope) { return IsScopeToken(scope); });
  return UnionOfScopes(wanted, granted);
}

}  // namespace tokenbroker
