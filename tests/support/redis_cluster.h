// A cluster of three primaries, each with a third of the slots.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.h"

namespace tokenbroker {

class RedisCluster {
 public:
  // Serves when it is made. `more` are further arguments of redis-server.
  explicit RedisCluster(const std::vector<std::string>& more = {},
                        RedisServer::Port kind = RedisServer::Port::kPlain);

  RedisServer& primary(size_t i) { return *primaries_[i]; }
  // As the configuration names it.
  std::string uri() const;

  // A replica of the primary, with everything that it has. All primaries know of it: they elect
  // the successor of one that dies.
  std::unique_ptr<RedisServer> ReplicaOf(RedisServer& primary);

 private:
  void Meet(RedisServer& node);
  bool AllKnow(RedisServer& replica, const std::string& primary_id);

  std::vector<std::unique_ptr<RedisServer>> primaries_;
};

}  // namespace tokenbroker
