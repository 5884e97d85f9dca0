#include "rpc/login_handler.h"

#include <utility>

#include "rpc/deadline_answer.h"
#include "rpc/proto_conversions.h"
#include "rpc/request_validation.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

constexpr char kLate[] = "the call's deadline came first; the login goes on: repeat the same call";

BuildLoginUriRequest ToUseCase(const CallInfo& call, const v1::BuildLoginUriRequest& request) {
  BuildLoginUriRequest out;
  out.key = {std::string(TenantOf(request)), request.provider(), request.subject()};
  out.caller = call.caller.name;
  out.redirect_uri = request.redirect_uri();
  out.scopes.assign(request.scopes().begin(), request.scopes().end());
  out.replace_scopes = request.replace_scopes();
  out.allow_account_change = request.allow_account_change();
  out.authorization_params.insert(request.authorization_params().begin(),
                                  request.authorization_params().end());
  out.caller_context = request.caller_context();
  return out;
}

ExchangeCodeRequest ToUseCase(const CallInfo& call, const v1::ExchangeCodeRequest& request) {
  ExchangeCodeRequest out;
  out.caller = call.caller.name;
  out.callback_uri = request.callback_uri();
  out.state = request.state();
  out.code = request.code();
  out.error = request.error();
  out.issuer = request.issuer();
  out.browser_state = request.browser_state();
  out.subject = request.subject();
  return out;
}

}  // namespace

void LoginHandler::BuildLoginUri(const CallInfo& call, const v1::BuildLoginUriRequest& request,
                                 v1::BuildLoginUriResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  BuildLoginUriRequest login = ToUseCase(call, request);
  if (absl::Status valid = Validate(login.key.view()); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(Build(std::move(login), call.deadline, response, std::move(done)));
}

void LoginHandler::ExchangeCode(const CallInfo& call, const v1::ExchangeCodeRequest& request,
                                v1::ExchangeCodeResponse* response, CallDone done) {
  if (absl::Status valid = Validate(request); !valid.ok()) return done(std::move(valid));
  loop_.Spawn(Exchange(ToUseCase(call, request), call.deadline, response, std::move(done)));
}

Task<void> LoginHandler::Build(BuildLoginUriRequest request, SteadyTime deadline,
                               v1::BuildLoginUriResponse* response, CallDone done) {
  const auto answer = DeadlineAnswer::Open(loop_, deadline, kLate, std::move(done));
  absl::StatusOr<LoginUri> login = co_await logins_.BuildLoginUri(std::move(request));
  if (!answer->open()) co_return;
  if (login.ok()) {
    response->set_login_uri(std::move(login->uri));
    response->set_state(std::move(login->state));
    SetTimestamp(login->expire_time, response->mutable_expire_time());
  }
  answer->Send(login.status());
}

Task<void> LoginHandler::Exchange(ExchangeCodeRequest request, SteadyTime deadline,
                                  v1::ExchangeCodeResponse* response, CallDone done) {
  const auto answer = DeadlineAnswer::Open(loop_, deadline, kLate, std::move(done));
  absl::StatusOr<CompletedLogin> login = co_await logins_.ExchangeCode(std::move(request));
  if (!answer->open()) co_return;
  if (login.ok()) {
    const auto freeze = login->frozen ? GrantView::Freeze::kProvider : GrantView::Freeze::kNone;
    SetGrant(GrantView{std::move(login->grant), freeze}, response->mutable_grant());
    if (login->token.token != nullptr) {
      SetAccessToken(*login->token.token, Now(loop_.clock()), response->mutable_token());
    }
    response->set_caller_context(std::move(login->caller_context));
  }
  answer->Send(login.status());
}

}  // namespace tokenbroker
