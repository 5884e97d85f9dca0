// What a run is to be like: the provider's manners, and what happens when. Drawn from a seed, and
// made shorter by leaving events out. A plain value; one thread.
#pragma once

#include <absl/time/time.h>

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
};
std::string EventText(const Happening& event);

struct Plan {
  uint64_t seed = 0;
  Rotation rotation = Rotation::kSingleUse;
  absl::Duration grace = absl::Seconds(30);
  // A used token, presented again, ends its whole family.
  bool reuse_ends_family = true;
  absl::Duration token_life = absl::Seconds(60);
  // The store waits for replicas, and so loses nothing that it acknowledged.
  bool durable = true;
  // Grants are refreshed ahead of need, too.
  bool refresher = false;
  // While events happen, and after that with everything mended.
  absl::Duration troubled = absl::Seconds(150);
  absl::Duration calm = absl::Seconds(150);
  std::vector<Happening> events;
};
// What is fixed, in one line.
std::string PlanText(const Plan& plan);

Plan MakePlan(uint64_t seed);

}  // namespace tokenbroker::simulation
