// A commit on its way into the store: repeated until the store has decided, whatever it takes.
#pragma once

#include <absl/types/optional.h>

#include <memory>

#include "broker/broker_parts.h"
#include "broker/held_grants.h"
#include "broker/in_flight.h"
#include "broker/kept_write.h"
#include "broker/refresh_flight.h"
#include "store/grant_store.h"

namespace tokenbroker {

// Loop thread only. Lives as long as its tasks. `parts` outlives it.
class CommitJob {
 public:
  // Starts with what a provider has just given. `time` reads the store's clock, for what the cache
  // is given. `min_ttl`: what the caller who made it was promised; see TokenTraits::unmet_ttl.
  static std::shared_ptr<CommitJob> Start(BrokerParts* parts, CommitRequest request,
                                          StoreTimeMark time,
                                          absl::optional<absl::Duration> min_ttl);
  // Starts with what an earlier process kept on disk.
  static std::shared_ptr<CommitJob> Recover(BrokerParts* parts, CommitRequest request);

  // Fires when callers may be told: the store has decided, or the commit is safe on disk. Until
  // then a shutdown waits for it.
  Event& settled() { return settled_; }
  // REQUIRES: settled. OK and kRefreshed when the cache has the token, OK and kStore when something
  // newer is stored; or the refusal that stands in the way (revoked meanwhile, another identity, an
  // unusable token).
  const RefreshResult& result() const { return result_; }

  // Use Start or Recover.
  CommitJob(BrokerParts* parts, CommitRequest request, StoreTimeMark time);

 private:
  static Task<void> Run(std::shared_ptr<CommitJob> job);

  Task<RefreshResult> UntilDecided();
  // A login that inherited our parent's refresh token came between, or an answer to the same token
  // that did not replace it. What that brought stays; ours is the refresh token's successor.
  Task<void> Rebase();
  // Callers get the token under `generation`.
  RefreshResult Serve(int64_t generation);
  Task<RefreshResult> Restore();
  Task<RefreshResult> TakeTheNewer();
  RefreshResult Ended(absl::Status why);
  void Settle(RefreshResult result);

  BrokerParts& parts_;
  CommitRequest request_;
  StoreTimeMark time_;
  absl::optional<absl::Duration> min_ttl_;
  const AnnouncedChanges::Listener listener_;
  // Until the primary has it, and until that counts.
  absl::optional<HeldGrants::Hold> hold_;
  absl::optional<HeldGrants::Hold> undecided_;
  std::shared_ptr<KeptWrite> kept_;
  RefreshResult result_;
  Event settled_;
  absl::optional<InFlight::Ticket> unsettled_;
};

}  // namespace tokenbroker
