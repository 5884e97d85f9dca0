// What a run is to be like: the provider's manners, and what happens when. Drawn from a seed, and
// made shorter by leaving events out. A plain value; one thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <vector>

#include "config/provider_config.h"

namespace tokenbroker::simulation {

inline constexpr int kReplicas = 3;
inline constexpr int kGrants = 2;

struct Happening {
  enum class Kind {
    // What people do.
    kAsk,
    kComplain,  // The resource server refused the token that was answered last.
    kLogin,
    kLoginInheriting,  // The provider gives no refresh token.
    kRevoke,
    kDelete,
    kUserEnds,  // At the provider.
    // What goes wrong.
    kCrash,
    kPause,
    kStoreFlaky,  // Calls and answers get lost, and executed late.
    kStoreAway,
    kFailover,
    kCut,
    kProviderFlaky,
    kProviderDown,
    kDiskFull,
    // Of one call of the replica's: the next of its kind, or all for `length`.
    kLoseCall,
    kLoseAnswer,
    // Of the next one: executed, or answered, `length` later; what comes after it overtakes it.
    kLateCall,
    kLateAnswer,
    // Of the next refresh: the provider says 503, or gives no other refresh token.
    kBusyAnswer,
    kKeepToken,
    // The store's clock is set back, by `length`.
    kClockBack,
    // Reading what is on the replica's disk takes so long.
    kSlowDisk,
  };
  Kind kind = Kind::kAsk;
  // From the beginning of the run.
  absl::Duration at;
  // For how long, or how patient a caller is.
  absl::Duration length;
  int replica = 0;
  int grant = 0;
  // kCrash: the disk goes with it.
  bool disk_lost = false;
  // Which call, of the store's: load, begin, renew, commit, fail, put, claim, create_login,
  // begin_exchange, finish_exchange, other; of the provider's: refresh, exchange, revoke, account.
  std::string call;
  // Of such calls so many pass before.
  int skip = 0;
  // kFailover: how long nobody answers; unset: by chance, and perhaps the server recovers.
  absl::optional<absl::Duration> away;
};

struct Plan {
  uint64_t seed = 0;
  Rotation rotation = Rotation::kSingleUse;
  absl::Duration grace = absl::Seconds(30);
  // A used token, presented again, ends its whole family.
  bool reuse_ends_family = true;
  absl::Duration token_life = absl::Seconds(60);
  // With a grace: of several successors of one token only the last is good.
  bool last_successor_only = false;
  // A login without refresh token makes one good again that its user had ended.
  bool login_renews = false;
  // Nobody has logged in for the second grant yet.
  bool second_grant_is_new = false;
  // The store waits for replicas, and so loses nothing that it acknowledged.
  bool durable = true;
  // Grants are refreshed ahead of need, too.
  bool refresher = false;
  // While events happen, and after that with everything mended.
  absl::Duration troubled = absl::Seconds(150);
  absl::Duration calm = absl::Seconds(150);
  std::vector<Happening> events;
};
Plan MakePlan(uint64_t seed);
// A short one, in which a few kinds of events happen within seconds of each other.
Plan MakeCrowdedPlan(uint64_t seed);

}  // namespace tokenbroker::simulation
