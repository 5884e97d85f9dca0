#include "rpc/login_handler.h"

#include <utility>

#include "access/authorization.h"
#include "rpc/deadline_answer.h"
#include "rpc/permit.h"
#include "rpc/proto_conversions.h"
#include "rpc/request_validation.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

constexpr char kLate[] = "the call's deadline came first; the login goes on: repeat the same call";

BuildLoginUriRequest ToUseCase(const CallInfo& call, const Permission& permission,
                               const v1::BuildLoginUriRequest& request) {
  BuildLoginUriRequest out;
  out.key = {std::string(permission.tenant), request.provider(), request.subject()};
  out.caller = call.caller->caller.name;
  out.redirect_uri = request.redirect_uri();
  out.scopes.assign(request.scopes().begin(), request.scopes().end());
  out.replace_scopes = request.replace_scopes();
  out.allow_account_change = request.allow_account_change();
  out.authorization_params.insert(request.authorization_params().begin(),
                                  request.authorization_params().end());
  out.caller_context = request.caller_context();
  out.owner = permission.owner;
  if (permission.max_scopes != nullptr) out.max_scopes = *permission.max_scopes;
  if (permission.redirect_uris != nullptr) out.redirect_uris = *permission.redirect_uris;
  return out;
}

ExchangeCodeRequest ToUseCase(const CallInfo& call, const v1::ExchangeCodeRequest& request) {
  ExchangeCodeRequest out;
  out.caller = call.caller->caller.name;
  out.callback_uri = request.callback_uri();
  out.state = request.state();
  out.code = request.code();
  out.error = request.error();
  out.issuer = request.issuer();
  out.browser_state = request.browser_state();
  out.subject = request.subject();
  out.trace = call.trace;
  out.permit = [caller = call.caller,
                notes = call.notes](const GrantKey& key) -> absl::optional<LoginEnd> {
    notes->key = key;
    const auto permission =
        caller->rights->Find(Rpc::kExchangeCode, key.tenant, key.provider, key.subject);
    if (!permission) return absl::nullopt;
    notes->rule = std::string(permission->rule);
    return LoginEnd{permission->browser_binding, permission->owner};
  };
  return out;
}

// Whoever may finish a login need not be one who may have its token.
bool MayHaveToken(const KnownCaller& caller, const Grant& grant) {
  const auto permission = caller.rights->Find(Rpc::kGetFreshToken, grant.key.tenant,
                                              grant.key.provider, grant.key.subject);
  return permission && permission->AllowsScopes(grant.scopes) &&
         Covers(*permission, caller, grant.owner);
}

}  // namespace

void LoginHandler::BuildLoginUri(const CallInfo& call, const v1::BuildLoginUriRequest& request,
                                 v1::BuildLoginUriResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  const absl::StatusOr<Permission> permission = Permit(call, Rpc::kBuildLoginUri, request);
  if (!permission.ok()) return done(permission.status());
  BuildLoginUriRequest login = ToUseCase(call, *permission, request);
  if (absl::Status valid = Validate(login.key.view()); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(Build(std::move(login), call, response, std::move(done)));
}

void LoginHandler::ExchangeCode(const CallInfo& call, const v1::ExchangeCodeRequest& request,
                                v1::ExchangeCodeResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  if (absl::Status s = AuthorizeCall(*call.caller, Rpc::kExchangeCode); !s.ok()) return done(s);
  loop_.Spawn(Exchange(ToUseCase(call, request), call, response, std::move(done)));
}

// `call` holds its place among the waiting until the work is done, also past its deadline.
Task<void> LoginHandler::Build(BuildLoginUriRequest request, CallInfo call,
                               v1::BuildLoginUriResponse* response, CallDone done) {
  const auto answer = DeadlineAnswer::Open(loop_, call.deadline, kLate, std::move(done));
  absl::StatusOr<LoginUri> login = co_await logins_.BuildLoginUri(std::move(request));
  if (!answer->open()) co_return;
  if (login.ok()) {
    response->set_login_uri(std::move(login->uri));
    response->set_state(std::move(login->state));
    SetTimestamp(login->expire_time, response->mutable_expire_time());
  }
  answer->Send(login.status());
}

Task<void> LoginHandler::Exchange(ExchangeCodeRequest request, CallInfo call,
                                  v1::ExchangeCodeResponse* response, CallDone done) {
  const auto answer = DeadlineAnswer::Open(loop_, call.deadline, kLate, std::move(done));
  absl::StatusOr<CompletedLogin> login = co_await logins_.ExchangeCode(std::move(request));
  if (!answer->open()) co_return;
  if (login.ok()) {
    const bool hand_out = MayHaveToken(*call.caller, login->grant);
    const auto freeze = login->frozen ? GrantView::Freeze::kProvider : GrantView::Freeze::kNone;
    SetGrant(GrantView{std::move(login->grant), freeze}, response->mutable_grant());
    if (hand_out && login->token.token != nullptr) {
      SetAccessToken(*login->token.token, Now(loop_.clock()), response->mutable_token());
    }
    response->set_caller_context(std::move(login->caller_context));
  }
  answer->Send(login.status());
}

}  // namespace tokenbroker
