#include "store/replica_wait.h"

#include "store/redis_keys.h"

namespace tokenbroker {

ReplicaWait::ReplicaWait(StoreLink& link, int replicas, absl::Duration timeout)
    : link_(link),
      replicas_(replicas),
      timeout_(timeout),
      unreplicated_(link.metrics().Counter("tokenbroker_store_unreplicated_writes_total",
                                           "Writes that too few replicas confirmed in time.")) {}

Task<bool> ReplicaWait::Confirm(int shard) {
  if (replicas_ == 0) co_return true;
  std::string barrier = BarrierKey(shard);
  const SteadyTime deadline = link_.loop().clock().SteadyNow() + timeout_;
  const absl::Status confirmed =
      co_await link_.client().AwaitReplicas(std::move(barrier), replicas_, deadline);
  if (confirmed.ok()) co_return true;
  unreplicated_.Increment();
  co_return false;
}

}  // namespace tokenbroker
