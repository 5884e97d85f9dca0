// The token use case, as a transport sees it.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "base/clock.h"
#include "broker/fresh_token.h"

namespace tokenbroker {

class TokenService {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<FreshToken>)>;

  virtual ~TokenService() = default;

  // Any thread. The answer, when it is in memory.
  virtual absl::optional<FreshToken> AnswerFromCache(const FreshTokenQuery& query) = 0;

  // Any thread. A token that lives longer than the query's min_ttl, or the reason why there is none
  // (a Refusal in the status). Calls `done` exactly once: before it returns when the answer is in
  // memory, else on the loop thread, with DEADLINE_EXCEEDED when `deadline` came first. Giving up
  // cancels nothing: the refresh goes on for whoever asks next. INVALID_ARGUMENT when the key is
  // not valid.
  virtual void GetFreshToken(const FreshTokenQuery& query, SteadyTime deadline, Done done) = 0;
};

}  // namespace tokenbroker
