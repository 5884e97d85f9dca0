// Which node of a cluster is the primary of which slot.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "redis/key_slot.h"
#include "redis/redis_options.h"
#include "redis/reply.h"

namespace tokenbroker {

// A value; one thread.
class SlotMap {
 public:
  // Knows nothing.
  SlotMap();

  // What a node answered to CLUSTER SLOTS. A node without a host is on `asked`, the node that said
  // so. UNAVAILABLE when it is no such answer, or knows of no primary.
  static absl::StatusOr<SlotMap> Parse(const RedisReply& slots, const RedisEndpoint& asked);

  // Null while unknown; valid until the map changes. REQUIRES: a slot.
  const RedisEndpoint* PrimaryOf(int slot) const;
  // Each once.
  const std::vector<RedisEndpoint>& primaries() const { return primaries_; }
  void Assign(int slot, const RedisEndpoint& primary);

 private:
  uint16_t IndexOf(const RedisEndpoint& primary);

  std::vector<RedisEndpoint> primaries_;
  // By slot, an index into primaries_, or kNobody.
  std::vector<uint16_t> owners_;
};

// Where a node's answer MOVED or ASK sends a call.
struct Redirection {
  int slot = 0;
  RedisEndpoint to;
};

// Of an error reply "MOVED 3999 127.0.0.1:6381", likewise ASK; an empty host is that of `asked`.
absl::StatusOr<Redirection> ParseRedirection(const RedisReply& error, const RedisEndpoint& asked);

}  // namespace tokenbroker
