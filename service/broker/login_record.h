// Whether a login may replace the grant that is there, and the grant that it makes. Pure functions;
// any thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>

#include "base/boxed.h"
#include "base/jitter.h"
#include "config/provider_config.h"
#include "oauth/token_endpoint.h"
#include "store/login_store.h"
#include "token/grant.h"
#include "token/store_time.h"

namespace tokenbroker {

enum class AccountVerdict {
  kAccepted,
  kOther,      // Another account than the stored one.
  kUntold,     // The provider tells no account that could be compared with the stored one.
  kUnlearned,  // The provider could not be asked for it.
};

// Compares `account` (unknown when the provider tells none, an error when it could not be asked)
// with the `present` grant's. Everything is accepted where the login allows it or nothing is known
// to protect.
AccountVerdict JudgeAccount(const Login& login, const Boxed<Grant>& present,
                            const absl::StatusOr<Account>& account);

// The refresh token that an answer without one may go on with: the present grant's, when it is
// alive, of the same client, and of the same known account.
bool MayInherit(const Login& login, const Boxed<Grant>& present, const Account& account);

struct LoginRecordInputs {
  const Login& login;
  // REQUIRES: answer.tokens is set.
  const TokenAnswer& answer;
  const Account& account;
  // Values of the callback that are kept.
  const std::map<std::string, std::string>& attributes;
  const Boxed<Grant>& present;
  const StoreTimeMark& mark;
  const ProviderConfig& config;
};

struct LoginRecord {
  Grant grant;
  // The generation of the refresh token that it inherits; 0 when it does not.
  int64_t inherited = 0;
};

// The grant as it is to be stored; its generations, and created_at where there is no grant yet, are
// the store's to set.
LoginRecord MakeLoginRecord(const LoginRecordInputs& in, Jitter& jitter);

// The grant as the store made it of `record`.
Grant AsStored(LoginRecord record, int64_t generation, absl::Time stored_at);

}  // namespace tokenbroker
