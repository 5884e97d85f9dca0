// What the replicas tell each other about providers, over Redis. Loop thread only.
#pragma once

#include <string>

#include "store/grant_store.h"
#include "store/redis_parts.h"

namespace tokenbroker {

class RedisProviders {
 public:
  explicit RedisProviders(RedisParts parts) : parts_(parts) {}

  Task<ProviderStateAnswer> Get(std::string provider);
  Task<ProviderStateAnswer> Set(std::string provider, ProviderChange change);

 private:
  // `call` and, at the same time, the question whether this is our store: a provider's key lies in
  // no shard, so its script cannot ask.
  Task<ProviderStateAnswer> AskBoth(Task<ScriptAnswer> call);

  RedisParts parts_;
};

}  // namespace tokenbroker
