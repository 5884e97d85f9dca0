#include "broker/logins.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"
#include "broker/login_checks.h"
#include "broker/login_refusals.h"
#include "broker/login_request.h"
#include "broker/refusals.h"
#include "crypto/base64url.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "oauth/authorization_uri.h"
#include "oauth/pkce.h"
#include "oauth/redirect_uri.h"
#include "oauth/scope.h"

namespace tokenbroker {
namespace {

constexpr size_t kStateBytes = 32;
constexpr size_t kNonceBytes = 32;

std::string FlightOf(const Callback& callback) {
  return absl::StrCat(Sha256(callback.state), PresentedHash(callback));
}

AuthorizationRequest AuthorizationOf(const Login& login, const std::string& state,
                                     std::map<std::string, std::string> params,
                                     std::shared_ptr<const ResolvedProvider> provider) {
  AuthorizationRequest request;
  request.provider = std::move(provider);
  request.redirect_uri = login.redirect_uri;
  request.scopes = login.scopes;
  request.state = state;
  request.code_verifier = login.code_verifier;
  request.nonce = login.nonce;
  request.params = std::move(params);
  return request;
}

}  // namespace

Logins::Logins(BrokerParts& parts, LoginStore& logins, LoginLimits limits)
    : parts_(parts),
      logins_(logins),
      limits_(limits),
      quota_(limits.pending_per_caller, kLoginLife),
      in_flight_(parts.loop),
      flights_(parts.loop) {}

Task<absl::StatusOr<LoginUri>> Logins::BuildLoginUri(BuildLoginUriRequest request) {
  TB_CO_RETURN_IF_ERROR(CheckLoginRequest(request));
  TB_CO_ASSIGN_OR_RETURN(const std::shared_ptr<const ResolvedProvider> provider,
                         co_await parts_.resolver.Resolve(request.key.provider));
  TB_CO_ASSIGN_OR_RETURN(Login login, co_await PrepareLogin(request, provider));

  LoginUri made;
  made.state =
      absl::StrCat(logins_.StatePrefix(login.key), Base64UrlEncode(RandomBytes(kStateBytes)));
  const AuthorizationRequest authorization =
      AuthorizationOf(login, made.state, std::move(request.authorization_params), provider);
  TB_CO_ASSIGN_OR_RETURN(made.uri, BuildAuthorizationUri(authorization));

  TB_CO_RETURN_IF_ERROR(TakeQuota(request.caller, provider->config->name));
  made.expire_time = parts_.loop.clock().TimeNow() + kLoginLife;
  const CreateLoginAnswer created = co_await logins_.CreateLogin(made.state, std::move(login));
  if (created.outcome != CreateLoginAnswer::Outcome::kStored) {
    quota_.GiveBack(request.caller);
    co_return StoreUnavailable(provider->config->name);
  }
  co_return made;
}

Task<absl::StatusOr<Login>> Logins::PrepareLogin(BuildLoginUriRequest request,
                                                 std::shared_ptr<const ResolvedProvider> provider) {
  const ProviderConfig& config = *provider->config;
  Login login;
  TB_CO_ASSIGN_OR_RETURN(login.redirect_uri, ChooseRedirectUri(config, request.redirect_uri));
  TB_CO_RETURN_IF_ERROR(CheckLoginBounds(config, request, login.redirect_uri));
  Boxed<Grant> present;
  if (!request.replace_scopes) {
    LoadAnswer loaded = co_await parts_.grants.Load(request.key);
    if (loaded.outcome == LoadAnswer::Outcome::kNoStore ||
        loaded.outcome == LoadAnswer::Outcome::kUnavailable) {
      co_return StoreUnavailable(config.name);
    }
    const bool of_another = loaded.grant && loaded.grant->owner != request.caller;
    if (request.owner == Owner::kAny || !of_another) present = std::move(loaded.grant);
  }
  login.scopes = ScopesToAsk(config, request, present);
  login.key = std::move(request.key);
  login.caller = std::move(request.caller);
  login.client_id = config.client_id;
  if (config.pkce == Pkce::kS256) login.code_verifier = MakeCodeVerifier();
  if (AsksForOpenId(login.scopes)) login.nonce = Secret(Base64UrlEncode(RandomBytes(kNonceBytes)));
  login.issuer = provider->issuer;
  login.allow_account_change = request.allow_account_change;
  login.caller_context = std::move(request.caller_context);
  co_return login;
}

absl::Status Logins::TakeQuota(const std::string& caller, const std::string& provider) {
  // The limit is the fleet's: each replica counts its share.
  const auto replicas = static_cast<size_t>(std::max(parts_.grants.LiveReplicas(), 1));
  quota_.SetMost(std::max<size_t>(limits_.pending_per_caller / replicas, 1));
  const absl::optional<absl::Duration> wait = quota_.Take(caller, parts_.Now());
  if (!wait) return absl::OkStatus();
  Refusal refusal =
      LoginRefusal(Reason::kQuotaExceeded, provider, "this caller has too many logins pending");
  refusal.retry_after = *wait;
  return ToStatus(refusal);
}

Task<absl::StatusOr<CompletedLogin>> Logins::ExchangeCode(ExchangeCodeRequest request) {
  const SteadyTime deadline = parts_.Now() + limits_.patience;
  TB_CO_ASSIGN_OR_RETURN(CheckedCallback checked, co_await Check(std::move(request)));
  const std::string flight = FlightOf(checked.callback);
  const std::string provider = checked.provider->config->name;
  SingleFlight<std::string, Result>::Start start = [this, flight,
                                                    checked = std::move(checked)]() mutable {
    return Exchange(flight, std::move(checked));
  };
  absl::optional<Result> result = co_await flights_.Join(flight, deadline, std::move(start));
  if (!result) co_return StillWaiting(flight, provider);
  co_return *std::move(result);
}

// Everything that can be refused before the login is touched.
Task<absl::StatusOr<CheckedCallback>> Logins::Check(ExchangeCodeRequest request) {
  CheckedCallback checked;
  TB_CO_ASSIGN_OR_RETURN(checked.callback,
                         ParseCallback({request.callback_uri, request.state, request.code,
                                        request.error, request.issuer}));
  const BeginExchangeAnswer peeked = co_await logins_.PeekLogin(checked.callback.state);
  if (peeked.outcome != BeginExchangeAnswer::Outcome::kGo) {
    co_return RefusalOfBegin(peeked.outcome, "");
  }
  const Login& login = *peeked.login;
  // Before anything else, so that a stranger learns nothing of the login.
  if (login.caller != request.caller) co_return LoginNotFound();
  const absl::optional<LoginEnd> end = request.permit(login.key);
  if (!end) co_return CallerNotAllowed();
  checked.owner = end->owner;
  checked.trace = request.trace;
  TB_CO_ASSIGN_OR_RETURN(checked.provider, co_await parts_.resolver.Resolve(login.key.provider));
  TB_CO_RETURN_IF_ERROR(
      CheckCallback(request, checked.callback, login, *checked.provider, end->browser_binding));
  checked.caller = std::move(request.caller);
  co_return checked;
}

Task<Logins::Result> Logins::Exchange(std::string flight, CheckedCallback checked) {
  const std::string caller = checked.caller;
  auto exchange = std::make_shared<CodeExchange>(parts_, logins_, in_flight_, std::move(checked));
  exchanges_[flight] = exchange;
  Result result = co_await exchange->Run();
  exchanges_.erase(flight);
  // Pending no more. Another replica may have counted it; over the fleet it comes out even.
  const bool ended_here = result.ok() && result->token.source == TokenSource::kRefreshed;
  if (ended_here) quota_.GiveBack(caller);
  co_return result;
}

// The caller's patience ended, the exchange did not.
absl::Status Logins::StillWaiting(const std::string& flight, const std::string& provider) const {
  const auto it = exchanges_.find(flight);
  if (it != exchanges_.end() && it->second->waits_for_store()) return StoreUnavailable(provider);
  Refusal refusal = LoginRefusal(Reason::kProviderUnavailable, provider,
                                 "the provider has not answered yet; the exchange goes on: ask "
                                 "again with the same callback");
  refusal.retry_after = kAskAgain;
  return ToStatus(refusal);
}

}  // namespace tokenbroker
