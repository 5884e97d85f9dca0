// Looking after grants, over the ports.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "broker/broker_parts.h"
#include "broker/grant_admin_service.h"
#include "broker/in_flight.h"
#include "broker/provider_revocation.h"
#include "broker/token_broker.h"

namespace tokenbroker {

// Loop thread only. Must outlive its calls: wait for WaitIdle, or end them with Loop::DropTasks.
class GrantAdmin : public GrantAdminService {
 public:
  // Both outlive it.
  GrantAdmin(BrokerParts& parts, TokenBroker& broker)
      : parts_(parts), broker_(broker), in_flight_(parts.loop) {}

  Task<absl::StatusOr<GrantView>> GetGrant(GrantKey key) override;
  Task<absl::StatusOr<GrantPage>> ListGrants(ListGrantsQuery query) override;
  Task<absl::StatusOr<GrantView>> RefreshGrant(GrantKey key, SteadyTime deadline) override;
  Task<absl::StatusOr<RevokedGrant>> RevokeGrant(GrantKey key, SteadyTime deadline) override;
  Task<absl::StatusOr<RevokedCount>> RevokeGrants(RevokeGrantsQuery query) override;
  Task<absl::Status> DeleteGrant(GrantKey key) override;
  Task<absl::StatusOr<GrantView>> ImportGrant(ImportGrantQuery query, SteadyTime deadline) override;
  Task<absl::StatusOr<std::vector<KeyUsage>>> GetKeyUsage() override;

  // For a shutdown: puts and requests under way. False when `deadline` came first.
  Task<bool> WaitIdle(SteadyTime deadline) { return in_flight_.WaitUntilNone(deadline); }

 private:
  struct Found {
    Grant grant;
    StoreTimeMark time;
  };
  struct Buried {
    Grant tombstone;
    std::shared_ptr<ProviderRevocation> revocation;
  };

  // Tombstones of deleted grants are not found.
  Task<absl::StatusOr<Found>> Find(GrantKey key);
  GrantView ViewOf(Grant grant) const;
  // A put on its way into the store, and what its answers told so far. Whoever asks again later
  // does so by the first one's not_after: to learn what became of it, not to have it executed.
  struct PendingPut {
    PutGrantRequest request;
    // After that it is only asked whether it was stored.
    SteadyTime not_after;
    Boxed<Grant> replaced;
  };

  // Repeats the put while its outcome is unknown, with new numbers while they are taken.
  Task<absl::StatusOr<PutGrantAnswer>> Put(PutGrantRequest request);
  Task<absl::StatusOr<PutGrantAnswer>> PutUntil(std::shared_ptr<PendingPut> pending,
                                                SteadyTime give_up);
  // Puts a tombstone in the place of `found`, whose tokens the provider is then told about.
  Task<absl::StatusOr<Buried>> Revoke(Found found);
  Buried Bury(const Grant& found, const PutGrantAnswer& answer);
  // Nobody waits any more, but the tombstone may stand: asks until that is known.
  Task<void> RevokeLate(std::shared_ptr<PendingPut> pending, Grant found);
  Task<absl::StatusOr<GrantPage>> EndPageAt(GrantPage page, GrantFilter filter, int place,
                                            std::string from);
  Task<absl::StatusOr<GrantView>> RefreshNow(GrantKey key, RefreshOrder order, SteadyTime deadline);

  BrokerParts& parts_;
  TokenBroker& broker_;
  InFlight in_flight_;
};

}  // namespace tokenbroker
