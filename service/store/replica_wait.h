// Whether the replicas have what a primary acknowledged. Loop thread only.
#pragma once

#include "store/store_link.h"

namespace tokenbroker {

class ReplicaWait {
 public:
  // `replicas`: how many must have it; 0 for a lone Redis, where everything counts as confirmed.
  ReplicaWait(StoreLink& link, int replicas, absl::Duration timeout);

  // False: not known to be there within the time-out. The write stands, but a failover may lose it.
  Task<bool> Confirm(int shard);

 private:
  StoreLink& link_;
  const int replicas_;
  const absl::Duration timeout_;
  prometheus::Counter& unreplicated_;
};

}  // namespace tokenbroker
