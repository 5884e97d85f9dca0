// GetFreshToken, free of any transport.
#pragma once

#include "broker/token_service.h"
#include "rpc/call.h"
#include "rpc/fresh_answer.h"
#include "rpc/fresh_request.h"

namespace tokenbroker {

// Any thread; never blocks.
class TokenHandler {
 public:
  // Both must outlive the handler and its calls.
  TokenHandler(TokenService& tokens, const Clock& clock) : tokens_(tokens), clock_(clock) {}

  // A hit ends before this returns. Errors: those of TokenService, FIELD_INVALID,
  // CALLER_NOT_ALLOWED.
  void GetFreshToken(const CallInfo& call, const FreshRequest& request, FreshAnswer* response,
                     CallDone done);

 private:
  TokenService& tokens_;
  const Clock& clock_;
};

}  // namespace tokenbroker
