// What the parts of the Redis store share.
#pragma once

#include "store/grant_fields.h"
#include "store/memory_watch.h"
#include "store/replica_wait.h"
#include "store/store_link.h"

namespace tokenbroker {

// Everything outlives whoever holds it.
struct RedisParts {
  StoreLink& link;
  const GrantSealer& sealer;
  MemoryWatch& memory;
  ReplicaWait& replicas;
};

}  // namespace tokenbroker
