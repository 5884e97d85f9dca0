// What happened in one simulated run, as the provider, the store and the callers saw it. The
// checker judges it; nothing of the broker's own view is in it. Plain values; one thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/provider_config.h"
#include "token/refusal.h"

namespace tokenbroker::simulation {

inline constexpr SteadyTime kNever = SteadyTime::InfiniteFuture();

// A process: a replica between a start and a crash.
struct Process {
  int replica = 0;
  int incarnation = 0;
  friend bool operator==(const Process& a, const Process& b) {
    return a.replica == b.replica && a.incarnation == b.incarnation;
  }
};

// A refresh token that the provider gave. Its index in History::tokens is its name.
struct RefreshToken {
  int grant = 0;
  // Tokens of one login are a family.
  int family = 0;
  // What it replaced; -1: nothing, it came with the login.
  int parent = -1;
  // When the access token that came with it dies.
  SteadyTime access_expires = kNever;
};

struct Family {
  enum class End { kAlive, kReuse, kRevoked, kByUser };
  int grant = 0;
  End end = End::kAlive;
  SteadyTime ended = kNever;
};

// One sending of a refresh token.
struct Presentation {
  // What the sender learned in the end.
  enum class Heard { kNothing, kNotSent, kTokens, kRefused, kBusy, kLostAnswer };
  int token = 0;
  Process by;
  SteadyTime sent;
  // What the provider did, if it came to that.
  SteadyTime acted = kNever;
  // -1: none.
  int successor = -1;
  Heard heard = Heard::kNothing;
  SteadyTime heard_at = kNever;
};

// A refresh token that a login brought and a process began to store.
struct Brought {
  int token = 0;
  Process by;
  SteadyTime at;
};

// A change of a grant that the store executed.
struct Write {
  enum class Kind { kLogin, kRefresh, kRestore, kRevoke, kDelete, kDeath };
  int grant = 0;
  Kind kind = Kind::kRefresh;
  int64_t generation = 0;
  // The refresh token that is stored by it; -1: none.
  int token = -1;
  // When the access token dies that it brought, of a write that kept its refresh token.
  absl::optional<SteadyTime> access_expires;
  Process by;
  // The caller's name for the call, the same when it is repeated.
  std::string attempt;
  SteadyTime at;
  // Whether who asked was told that it is stored.
  bool acknowledged = true;
  // When a failover un-happened it.
  SteadyTime undone = kNever;
};

// A token that was given lately, on a replica's disk.
struct Kept {
  int token = 0;
  Process by;
  SteadyTime at;
  // When the disk was lost.
  SteadyTime lost = kNever;
};

// What a caller of GetFreshToken was told.
struct Answer {
  int grant = 0;
  Process by;
  SteadyTime asked;
  SteadyTime answered;
  // Of the answer with a token: the grant that the provider made it for, and its generation.
  absl::optional<int> token_grant;
  int64_t generation = 0;
  // Else: why not; unset for a deadline.
  absl::optional<Reason> refusal;
  std::string cause;
  // The generation that the caller had no use for.
  int64_t rejected = 0;
  // Whether it was asked after everything had been mended.
  bool in_the_end = false;
};

// The schedule's part in it.
struct Trouble {
  enum class Kind {
    kCrash,
    kPause,
    kStore,
    kFailover,
    kCut,
    kProvider,
    kDisk,
    kOneCall,
    kOneBegin,
    kClock
  };
  Kind kind = Kind::kCrash;
  // -1: all.
  int replica = -1;
  SteadyTime from;
  SteadyTime to = kNever;
};

// A command that the store executed, with effect, when its caller had given up on it.
struct LateCommand {
  Process by;
  SteadyTime at;
  SteadyTime not_after;
};

// What is stored at the end.
struct Ending {
  enum class State { kAbsent, kActive, kDead, kRevoked };
  State state = State::kAbsent;
  int token = -1;
};

struct History {
  Rotation rotation = Rotation::kSingleUse;
  absl::Duration grace;
  absl::Duration request_timeout = absl::Seconds(10);
  // Of several successors of one token only the last is good.
  bool last_successor_only = false;
  absl::Duration token_life = absl::Seconds(60);
  // Whether an acknowledged write survives every failover (min_replica_acks of the store).
  bool durable = true;
  int grants = 0;
  SteadyTime start;
  SteadyTime end;

  const RefreshToken& Token(int token) const { return tokens[static_cast<size_t>(token)]; }
  RefreshToken& Token(int token) { return tokens[static_cast<size_t>(token)]; }
  const Family& FamilyOf(int token) const {
    return families[static_cast<size_t>(Token(token).family)];
  }

  // Whether the provider has given another successor of the same token since.
  bool IsSuperseded(int token) const {
    const int parent = Token(token).parent;
    for (size_t t = static_cast<size_t>(token) + 1; parent >= 0 && t < tokens.size(); ++t) {
      if (tokens[t].parent == parent) return true;
    }
    return false;
  }

  std::vector<RefreshToken> tokens;
  std::vector<Family> families;
  std::vector<Presentation> presentations;
  // When each authorization code was presented.
  std::vector<std::vector<SteadyTime>> codes;
  std::vector<Brought> brought;
  std::vector<Write> writes;
  std::vector<Kept> kept;
  std::vector<Answer> answers;
  std::vector<LateCommand> late;
  std::vector<Trouble> troubles;
  std::vector<Ending> endings;
};

}  // namespace tokenbroker::simulation
