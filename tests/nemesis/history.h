// What happened in a run: what callers were answered, what the provider was asked and gave, what
// was done to the fleet. Plain values.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/provider_simulator/settings.h"
#include "tests/provider_simulator/token_history.h"

namespace tokenbroker {

// One call of GetFreshToken.
struct Answer {
  absl::Time asked;
  absl::Time answered;
  int replica = 0;
  std::string subject;
  // Of a token.
  std::string access_token;
  int64_t generation = 0;
  absl::Time expires;
  // Of a refusal: its reason; when nobody spoke, the gRPC code.
  std::string error;

  bool ok() const { return error.empty(); }
};

// What a watch was told.
struct WatchMessage {
  absl::Time at;
  // Of the token, or of the state.
  int64_t generation = 0;
  // Of a token.
  std::string access_token;
  absl::Time expires;
  // Of a state: its name and, after a space, its reason.
  std::string state;

  bool is_token() const { return state.empty(); }
};

// One stream of WatchToken.
struct Watch {
  absl::Time begun;
  absl::Time ended;
  int replica = 0;
  std::string subject;
  int64_t known_generation = 0;
  std::vector<WatchMessage> messages;
  // Why it ended, as of an answer; empty: the watcher had seen enough.
  std::string error;
};

// What is done to the fleet, or to what it needs.
enum class Fault {
  kReplicaKilled,
  kReplicaPaused,
  kReplicaRestarted,
  kReplicaReconfigured,
  kSpillFull,
  kPacketsLost,
  kRedisUnreached,
  kRedisUnheard,
  kRedisRefused,
  kProviderUnheard,
  kReplicaClockStepped,
  kRedisKilled,
  kRedisPaused,
  kRedisFailedOver,
  kRedisSlow,
  kRedisClockStepped,
  // Nobody ordered it: the machine was busy, and a server silent.
  kRedisFailedOverByItself,
  kProviderSlow,
  kProviderDown,
  kProviderThrottles,
  kProviderLosesAnswers,
  kProviderTalksNonsense,
  kProviderCutsConnections,
  kClientSecretChanged,
};
const char* NameOf(Fault fault);
// Of the one that all share.
bool IsOfRedis(Fault fault);
bool IsOfProvider(Fault fault);
// What one replica's disk, its packets and its clock suffer.
bool IsOfSurroundings(Fault fault);

struct Incident {
  Fault fault;
  absl::Time begun;
  absl::Time ended = absl::InfiniteFuture();
  // Of a replica.
  int replica = -1;
};

// What became of a grant, once everything was well again.
struct GrantEnd {
  std::string subject;
  // Empty: a token was answered.
  std::string error;
  // What the provider says: the grant stands, or was ended by a reuse.
  bool stands = true;
};

struct History {
  provider_simulator::Rotation rotation = provider_simulator::Rotation::kSingleUse;
  // How long an access token is good.
  absl::Duration token_life = absl::InfiniteDuration();
  // How long a token may be presented again where the rotation is kGrace.
  absl::Duration rotation_grace = absl::Seconds(30);
  // How long a refresh of unknown outcome is waited for where it is kSingleUse.
  absl::Duration patience = absl::Seconds(33);
  // The account of each subject.
  std::map<std::string, std::string> accounts;
  std::vector<Answer> answers;
  std::vector<Watch> watches;
  provider_simulator::TokenHistory provider;
  std::vector<Incident> incidents;
  std::vector<GrantEnd> ends;
};

}  // namespace tokenbroker
