// What a broker does for its store in Redis beside serving: looks at the start whether it is one
// that it may use, seals records anew when the keyring's write key has changed, and shows in the
// metrics what its servers lack and which grants there are.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>

#include <string>
#include <vector>

#include "base/jitter.h"
#include "store/grant_census.h"
#include "store/redis_store.h"
#include "store/store_admin.h"

namespace tokenbroker {

// Loop thread only. Must outlive its tasks.
class RedisUpkeep {
 public:
  enum class Missing { kRefuse, kCreate };

  // `store` and `keyring` outlive it. `unfit` is called, once, when the store must not be used: it
  // wants a newer program, or Redis would throw grants away.
  RedisUpkeep(Loop& loop, RedisStore& store, const KeyringSource& keyring, Missing missing,
              int min_replica_acks, absl::AnyInvocable<void(absl::Status)> unfit);

  // Starts its work, which goes on until the loop drops its tasks.
  void Start();

 private:
  Task<void> Run();
  // OK once the store has been found fit; FAILED_PRECONDITION when it is not. Asks until Redis
  // answers.
  Task<absl::Status> LookAtStore();
  // tokenbroker_store_finding{finding} says what was found. Not OK over what is fatal.
  Task<absl::Status> LookAtServers();
  Task<void> KeepLooking();
  Task<void> KeepCounting();
  Task<void> KeepSealed();
  std::string WriteKey() const;

  Loop& loop_;
  RedisStore& store_;
  const KeyringSource& keyring_;
  const Missing missing_;
  const int min_replica_acks_;
  absl::AnyInvocable<void(absl::Status)> unfit_;
  StoreAdmin admin_;
  GrantCensus census_;
  Jitter jitter_;
  // By the last look.
  std::vector<ServerFinding> found_;
};

}  // namespace tokenbroker
