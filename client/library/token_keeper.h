// Keeps one grant's token fresh: what a TokenSource is, without gRPC. It holds a stream open, asks
// itself while there is none, remembers refusals, and lets callers wait for one call together.
//
// Any thread. Its mutex is never held while an operation is started or cancelled, nor while anybody
// waits for the broker. Callbacks that come after Close() find nothing to do.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "client/library/backoff.h"
#include "client/library/broker_link.h"
#include "client/library/striped_token.h"
#include "client/library/timers.h"
#include "tokenbroker/client/access_token.h"
#include "tokenbroker/client/token_source_options.h"

namespace tokenbroker::client {

// Owned by a shared_ptr: who waits in Token() while the source goes keeps it alive.
class TokenKeeper : public std::enable_shared_from_this<TokenKeeper> {
 public:
  TokenKeeper(TokenSourceOptions options, std::shared_ptr<BrokerLink> link,
              std::shared_ptr<Timers> timers);
  TokenKeeper(const TokenKeeper&) = delete;
  TokenKeeper& operator=(const TokenKeeper&) = delete;

  // Opens the stream. Once.
  void Start();
  // Ends everything; who waits gets CANCELLED. Waits for nothing.
  void Close();

  // As TokenSource says.
  absl::StatusOr<AccessTokenPtr> Token();
  absl::StatusOr<AccessTokenPtr> Token(absl::Time deadline);
  AccessTokenPtr TokenIfFresh() const { return served_.Load(timers_->RoughlyNow()); }
  void Rejected(int64_t generation);

 private:
  class Turn;

  // Why there is no token, and how long that is believed.
  struct Refusal {
    absl::Status status;
    absl::Time believed_until;
  };

  absl::StatusOr<AccessTokenPtr> Await(absl::Time deadline);
  // What a caller gets now; unset: it must wait. `answers`: answers_ when the caller came.
  absl::optional<absl::StatusOr<AccessTokenPtr>> Decide(absl::Time deadline,
                                                        uint64_t answers) const;

  void BeginFetch(Turn& turn);
  void OnFetched(uint64_t id, absl::StatusOr<AccessTokenPtr> answer);
  // Of an answer that brought no token.
  void Fail(const absl::Status& status);
  void BeginWatch(Turn& turn);
  void OnEvent(uint64_t id, const WatchEvent& event);
  void OnWatchEnded(uint64_t id, const absl::Status& status);

  // Of a token that the broker gave when it could know of floor_ already. An older one then comes
  // from a store that was restored from a backup, and is better than none.
  void LowerFloor(const AccessToken& token);
  // Takes a token that is newer than the present one.
  void Adopt(const AccessTokenPtr& token);
  // Takes a state that says something of the present token or a newer one.
  void Adopt(const GrantStatus& grant);
  void Drop();
  bool Usable() const { return current_ != nullptr && current_->generation() > rejected_; }
  bool Served() const { return Usable() && timers_->Now() < until_; }

  // When to ask without being asked to.
  void ScheduleFetch(Turn& turn);
  absl::Time NextFetch() const;
  OperationPtr CallAfter(absl::Duration delay, uint64_t id, void (TokenKeeper::*member)(uint64_t));
  void OnFetchTimer(uint64_t id);
  void OnWatchTimer(uint64_t id);

  const TokenSourceOptions options_;
  const std::shared_ptr<BrokerLink> link_;
  const std::shared_ptr<Timers> timers_;
  // What the fast path reads; written with mutex_ held.
  StripedToken served_;

  // Protects all that follows.
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  uint64_t last_id_ = 0;

  // The newest token, and until when it is served; older generations than floor_ are not taken.
  AccessTokenPtr current_;
  absl::Time until_ = absl::InfinitePast();
  int64_t floor_ = 0;
  // Tokens up to this generation are not served.
  int64_t rejected_ = 0;
  absl::optional<Refusal> refusal_;

  // The call under way, rejected_ and floor_ when it began, and how many have been answered.
  OperationPtr fetch_;
  uint64_t fetch_id_ = 0;
  int64_t fetch_rejected_ = 0;
  int64_t fetch_floor_ = 0;
  uint64_t answers_ = 0;
  // Why the last call brought no answer, and when the next may be made.
  absl::Status failure_;
  absl::Time not_before_ = absl::InfinitePast();
  Backoff fetch_backoff_;
  // When to ask for the present token's successor, if no stream brings it.
  absl::Time ask_at_ = absl::InfiniteFuture();
  OperationPtr fetch_timer_;
  uint64_t fetch_timer_id_ = 0;

  // The stream, and floor_ when it began; accepted once the broker has said anything on it.
  OperationPtr watch_;
  uint64_t watch_id_ = 0;
  int64_t watch_floor_ = 0;
  bool watch_accepted_ = false;
  absl::Time watch_begin_ = absl::InfinitePast();
  Backoff watch_backoff_;
  OperationPtr watch_timer_;
  uint64_t watch_timer_id_ = 0;
};

}  // namespace tokenbroker::client
