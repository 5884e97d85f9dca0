// BuildLoginUri and ExchangeCode, free of any transport.
#pragma once

#include <tokenbroker/v1/token_broker.pb.h>

#include <memory>

#include "broker/login_service.h"
#include "io/loop.h"
#include "rpc/call.h"

namespace tokenbroker {

// Any thread; never blocks. A call ends on the loop thread; with DEADLINE_EXCEEDED when its
// deadline comes first, and the use case goes on without it.
class LoginHandler {
 public:
  // Both must outlive the handler and its calls.
  LoginHandler(LoginService& logins, Loop& loop) : logins_(logins), loop_(loop) {}

  // Errors: those of LoginService, FIELD_INVALID.
  void BuildLoginUri(const CallInfo& call, const v1::BuildLoginUriRequest& request,
                     v1::BuildLoginUriResponse* response, CallDone done);
  void ExchangeCode(const CallInfo& call, const v1::ExchangeCodeRequest& request,
                    v1::ExchangeCodeResponse* response, CallDone done);

 private:
  Task<void> Build(BuildLoginUriRequest request, CallInfo call, v1::BuildLoginUriResponse* response,
                   CallDone done);
  Task<void> Exchange(ExchangeCodeRequest request, CallInfo call,
                      v1::ExchangeCodeResponse* response, CallDone done);

  LoginService& logins_;
  Loop& loop_;
};

}  // namespace tokenbroker
