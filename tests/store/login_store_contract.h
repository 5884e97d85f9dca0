// The contract of LoginStore: PENDING → EXCHANGING → DONE, and the grant that a login stores.
// Instantiate it with a StoreParam to run it against an implementation.
#pragma once

#include <string>

#include "tests/store/contract_fixture.h"

namespace tokenbroker {

class LoginStoreContract : public StoreContract {
 protected:
  using Exchange = BeginExchangeAnswer::Outcome;
  using Finished = FinishExchangeAnswer::Outcome;

  LoginStore& logins() { return store_->logins(); }
  Login SampleLogin();
  void CreateLogin();
  BeginExchangeRequest ExchangeOf(const Attempt& attempt);
  BeginExchangeAnswer BeginExchange(const Attempt& attempt) {
    return Do(logins().BeginExchange(ExchangeOf(attempt)));
  }
  // The finish of an exchange that brought SampleGrant(refresh_token).
  FinishExchangeRequest FinishOf(const BeginExchangeAnswer& begun, const Attempt& attempt,
                                 const std::string& refresh_token);
  FinishExchangeAnswer Finish(FinishExchangeRequest request) {
    return Do(logins().FinishExchange(std::move(request)));
  }
  // A finish without a grant.
  FinishExchangeRequest FinishWith(LoginOutcome::Kind kind, const Attempt& attempt);

  std::string state_ = logins().StatePrefix(key_) + "random-state";
};

}  // namespace tokenbroker
