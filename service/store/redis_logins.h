// Pending logins over Redis. Loop thread only.
#pragma once

#include <string>

#include "store/login_store.h"
#include "store/redis_parts.h"
#include "store/redis_puts.h"

namespace tokenbroker {

class RedisLogins {
 public:
  // `puts` outlives it.
  RedisLogins(RedisParts parts, RedisPuts& puts) : parts_(parts), puts_(puts) {}

  std::string StatePrefix(const GrantKey& key) const;
  Task<CreateLoginAnswer> Create(std::string state, Login login);
  Task<BeginExchangeAnswer> Peek(std::string state);
  Task<BeginExchangeAnswer> Begin(BeginExchangeRequest request);
  Task<FinishExchangeAnswer> Finish(FinishExchangeRequest request);

 private:
  // Where the login of `state` lies; 0 for a state that says nothing, so that it is looked for.
  int ShardFor(const std::string& state) const;
  absl::StatusOr<std::string> SealLogin(const std::string& state, const Login& login) const;
  // Fills in what the script found.
  absl::Status Open(const std::string& state, const ScriptAnswer& said,
                    BeginExchangeAnswer* answer) const;
  Task<void> GiveBack(std::string state, Attempt attempt);

  RedisParts parts_;
  RedisPuts& puts_;
};

}  // namespace tokenbroker
