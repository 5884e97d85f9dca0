// The port through which the broker keeps grants. Every verb is one atomic step of the refresh
// protocol; every answer says which of the protocol's outcomes it was and what the store's clock
// read. Implementations: store/memory_store.h, store/redis_store.h.
//
// The idea in one line: the lease limits who may send a refresh token; it never decides who may
// store the answer.
//
// kUnavailable always means "outcome unknown: repeat with the same attempt". kNoStore means that
// what answers is not our store (empty, foreign): never "not found".
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/boxed.h"
#include "io/task.h"
#include "store/claim.h"
#include "token/grant.h"
#include "token/refresh_outcome.h"
#include "token/store_time.h"

namespace tokenbroker {

// How long the right to send a grant's refresh token lasts without a renewal.
inline constexpr absl::Duration kLease = absl::Seconds(6);
// How often the holder renews it, and how long after begin_refresh a request may still be started.
inline constexpr absl::Duration kLeaseRenewal = absl::Seconds(2);
// How far a claim pushes due work ahead, so that a dead replica's comes back.
inline constexpr absl::Duration kClaimPush = absl::Seconds(30);
// How long the tombstone of a revoked or deleted grant is kept.
inline constexpr absl::Duration kTombstoneLife = absl::Hours(24 * 90);

// Names one attempt to change a grant: 16 random bytes. Repeating a call with the same attempt
// repeats its answer and does nothing twice.
using Attempt = std::string;

struct LoadAnswer {
  enum class Outcome { kFound, kNotFound, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  Boxed<Grant> grant;
  // kNotFound because it was deleted: the tombstone's generation. 0: the store knows nothing of it.
  int64_t deleted_generation = 0;
};

// Why a begin is made although something speaks against it.
struct Despite {
  enum class What {
    kNothing,
    kUnknownAttempt,  // An orphaned intent, named by its attempt.
    kRollback,        // The store went back (answer kOlder); names an orphan as well, if any.
    kState,           // An administrator retries a dead grant.
  };
  What what = What::kNothing;
  Attempt attempt;
};

// Whether a caller waits for the refresh (which counts as a use of the grant) or nobody does.
enum class Demand { kBackground, kCaller };

// What it does to a grant when its refresh token is presented once more than it should be: nothing
// where the provider's `rotation` is `none`.
enum class Replay { kHarmful, kHarmless };

struct BeginRefreshRequest {
  GrantKey key;
  // The generation that was loaded or cached; never 0 for an existing grant.
  int64_t known_generation = 0;
  Attempt attempt;
  // After this the store answers kExpired: it may execute a command that everybody gave up on.
  SteadyTime not_after;
  Despite despite;
  Demand demand = Demand::kBackground;
  // kHarmless: neither a store that settles nor replicas that lag behind are waited for.
  Replay replay = Replay::kHarmful;
};

struct BeginRefreshAnswer {
  enum class Outcome {
    kGo,  // Lease and intent are set, `next` is reserved; `grant` is what to refresh.
    kNoStore,
    kUnavailable,
    kSettling,    // After a failover: ask again in a moment.
    kExpired,     // not_after has passed; nothing changed.
    kUnreadable,  // Sealed with a key that we do not have.
    kGone,        // No such grant, or deleted.
    kState,       // Not active: `grant` says why.
    kNewer,       // `grant` is newer than known_generation: use it.
    kOlder,    // The store is behind known_generation: it was rolled back. `grant` is what it has.
    kBackoff,  // Not before `until`, because of `backoff_class`.
    kBusy,     // Another attempt has the lease until `until`.
    kUnknown,  // An orphaned intent: `unknown_attempt` was sent at `intent_at` and never ended.
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  Boxed<Grant> grant;
  // kGo: the generation that the commit will have, and when the token was first presented without
  // a known outcome (now, when there is no such earlier attempt).
  int64_t next = 0;
  absl::Time until;
  ErrorClass backoff_class = ErrorClass::kNone;
  Attempt unknown_attempt;
  absl::Time intent_at;
  absl::Time begun_at;
};

struct RenewRequest {
  GrantKey key;
  Attempt attempt;
  int64_t parent = 0;
  int64_t next = 0;
  // As kGo gave them.
  absl::Time intent_at;
  absl::Time begun_at;
  SteadyTime not_after;
};

struct RenewAnswer {
  // kTaken: another attempt was begun. kEnded: this one was committed or failed. Either way: stop
  // renewing, await the provider's answer, and still commit it.
  enum class Outcome { kOk, kExpired, kTaken, kEnded, kGone, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  absl::Time until;
};

// Whether the answer brought another refresh token.
enum class Rotated { kNo, kYes };

struct CommitRequest {
  Attempt attempt;
  // The refresh_token_generation of the grant that kGo handed out.
  int64_t parent = 0;
  int64_t next = 0;
  Rotated rotated = Rotated::kNo;
  // What to store, under record.key. Its generations are set by the store; owner, created_at,
  // authorized_at and the login generation of the stored record stay.
  Grant record;
  Demand demand = Demand::kBackground;
  // kHarmless: it counts as stored without waiting for replicas.
  Replay replay = Replay::kHarmful;
};

struct CommitAnswer {
  enum class Outcome {
    kStored,
    kAlready,   // By this very attempt, earlier; a `generation` above `next` only kept its token.
    kGone,      // No record: restore it with PutGrant.
    kOlder,     // The stored generation is below `parent`: restore likewise.
    kRevoked,   // Revoked meanwhile: revoke what was received, serve nobody.
    kDeleted,   // Deleted meanwhile: likewise.
    kLost,      // What is stored did not come from `parent`: drop the answer, load the newer one.
    kRenumber,  // `generation` is taken: repeat with next above it.
    kNoStore,
    kUnavailable,
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  // kStored, kAlready: the record's; kRenumber: the one to exceed.
  int64_t generation = 0;
  // kUnavailable: the primary has it, too few replicas confirm that they have it.
  bool unreplicated = false;
};

struct FailRequest {
  GrantKey key;
  Attempt attempt;
  int64_t parent = 0;
  Delivery outcome = Delivery::kNotSent;
  // kGrantDead makes the grant REAUTHORIZATION_REQUIRED with `cause`; kProviderTrouble, kQuota and
  // kRotationUnknown put it into backoff until `until`; kNone and kOurConfiguration change neither.
  ErrorClass error_class = ErrorClass::kNone;
  StateReason cause = StateReason::kNone;
  std::string last_error;
  // Where the due entry moves; store's clock.
  absl::Time until;
};

struct FailAnswer {
  enum class Outcome {
    kOk,
    kGone,
    kNotYours,  // Another attempt is on record; nothing changed.
    // Another refresh token is stored, and only what the attempt had begun was ended; or a login
    // that inherited the token came since, and only that was noted. `grant` is what is stored.
    kNewer,
    kNoStore,
    kUnavailable,
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  Boxed<Grant> grant;
};

enum class PutKind { kLogin, kImport, kRestore, kRevoke, kDelete };

struct PutGrantRequest {
  PutKind kind = PutKind::kLogin;
  Attempt attempt;
  int64_t generation = 0;
  // A login without refresh token: the refresh_token_generation that it inherits.
  int64_t expected = 0;
  SteadyTime not_after;
  Grant record;
};

struct PutGrantAnswer {
  // kSettling: after a failover, of a login that inherits; ask again in a moment.
  enum class Outcome {
    kStored,
    kAlready,
    kRenumber,
    kLost,
    kSettling,
    kExpired,
    kNoStore,
    kUnavailable,
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  // kStored, kAlready: the record's, or what a later put replaced; kRenumber: the one to exceed.
  int64_t generation = 0;
  // kUnavailable: the primary has it, too few replicas confirm that they have it.
  bool unreplicated = false;
  // kStored of kRevoke and kDelete, or kUnavailable because too few replicas confirm it: what was
  // there until now, its tokens included, so that the provider can be told about exactly those.
  Boxed<Grant> replaced;
};

// Empty fields match everything.
struct GrantFilter {
  std::string tenant;
  std::string provider;
  std::string subject;
  absl::optional<GrantState> state;
};

struct ListAnswer {
  enum class Outcome {
    kOk,
    kBadPage,  // No listing gave this page.
    kNoStore,
    kUnavailable,
  };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  std::vector<Grant> grants;
  // Continues after the last grant; empty when there are no more.
  std::string next_page;
};

// How much of what is stored one key of the keyring protects.
struct KeyUsage {
  std::string key_id;
  int64_t grants = 0;
  // From when on replicas seal with it; unset for a key that is only read with, or not known here.
  absl::optional<absl::Time> write_from;
  // Nothing needs it any more.
  bool retirable = false;
};

struct KeyUsageAnswer {
  enum class Outcome { kOk, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
  std::vector<KeyUsage> keys;
};

// What the replicas tell each other about a provider.
struct ProviderState {
  // Nobody calls the provider before this (store's clock), because of `backoff_class`.
  absl::Time not_before = absl::InfinitePast();
  ErrorClass backoff_class = ErrorClass::kNone;
  // The fingerprint of the client secret that failed, and since when; empty: not frozen.
  std::string frozen_fingerprint;
  absl::Time frozen_at = absl::InfinitePast();
  // The provider's registered error code.
  std::string frozen_error;

  friend bool operator==(const ProviderState& a, const ProviderState& b) {
    return a.not_before == b.not_before && a.backoff_class == b.backoff_class &&
           a.frozen_fingerprint == b.frozen_fingerprint && a.frozen_at == b.frozen_at &&
           a.frozen_error == b.frozen_error;
  }
};

// What one replica learned about a provider. Others learn at the same time, so that the store
// merges it into what it has.
struct ProviderChange {
  // kKeep: `state` says nothing about the freeze, and what is stored of it stays.
  enum class Freeze { kKeep, kSet };
  // kLonger: the later not_before stays. kEnded: the provider answers again, so that the one given
  // counts though it is earlier; but no quota ends before its time.
  enum class Pause { kLonger, kEnded };

  ProviderChange() = default;
  // All of it. Implicit: a state that is given alone says everything, which is the safe reading.
  ProviderChange(ProviderState all)  // NOLINT(google-explicit-constructor)
      : state(std::move(all)) {}

  ProviderState state;
  Freeze freeze = Freeze::kSet;
  Pause pause = Pause::kEnded;
};

struct ProviderStateAnswer {
  enum class Outcome { kOk, kNoStore, kUnavailable };
  Outcome outcome = Outcome::kUnavailable;
  StoreTimeMark time;
  ProviderState state;
};

enum class ChangeKind { kLogin, kRefresh, kFailure, kRevoke, kDelete, kRestore };

// Published after every change of any kind.
struct Change {
  GrantKey key;
  int64_t generation = 0;
  ChangeKind kind = ChangeKind::kRefresh;
};

// Called on the loop thread, never from inside a call to the store.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  virtual void OnChange(const Change& change) = 0;
  // Messages may be missed from now on: entries must be verified before they are served.
  virtual void OnCut() = 0;
  virtual void OnConnected() = 0;
  // Another server answers than before: it may have lost what was acknowledged, and settles.
  virtual void OnServerChanged() = 0;
};

// Loop thread only. Calls of different grants are independent; each is atomic.
class GrantStore {
 public:
  virtual ~GrantStore() = default;

  virtual Task<LoadAnswer> Load(GrantKey key) = 0;
  virtual Task<BeginRefreshAnswer> BeginRefresh(BeginRefreshRequest request) = 0;
  virtual Task<RenewAnswer> Renew(RenewRequest request) = 0;
  virtual Task<CommitAnswer> Commit(CommitRequest request) = 0;
  virtual Task<FailAnswer> Fail(FailRequest request) = 0;
  virtual Task<PutGrantAnswer> PutGrant(PutGrantRequest request) = 0;
  // Hands out at most `limit` due grants of `provider` and pushes each ahead by `push`; what is due
  // and cannot be refreshed is only pushed. A limit of 0 only looks.
  virtual Task<ClaimAnswer> ClaimDue(std::string provider, int limit, absl::Duration push) = 0;
  // Last uses, in a batch. False when the store did not take them.
  virtual Task<bool> Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) = 0;
  // Pages of at most `page_size` grants, tombstones left out. `page` is empty or a `next_page`.
  virtual Task<ListAnswer> List(GrantFilter filter, int page_size, std::string page) = 0;
  // Reads every grant: for operators. No keys where grants are not sealed.
  virtual Task<KeyUsageAnswer> CountKeyUsage() = 0;
  virtual Task<ProviderStateAnswer> GetProviderState(std::string provider) = 0;
  // Merges and publishes; the answer carries what is stored now.
  virtual Task<ProviderStateAnswer> SetProviderState(std::string provider,
                                                     ProviderChange change) = 0;
  // How many replicas use this store at the moment, this one included: what a fleet may do is
  // shared among so many.
  virtual int LiveReplicas() = 0;
  // `listener` must outlive the store. At most one.
  virtual void Subscribe(ChangeListener* listener) = 0;
};

}  // namespace tokenbroker
