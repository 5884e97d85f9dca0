// Does harm to a fleet and to what it needs, at random, and makes it good again.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/chaos/replica.h"
#include "tests/nemesis/history.h"
#include "tests/nemesis/redis_setup.h"
#include "tests/nemesis/surroundings.h"
#include "tests/provider_simulator/simulated_provider.h"

namespace tokenbroker {

// For the one thread that made the replicas.
class Nemesis {
 public:
  struct Victims {
    std::vector<Replica*> replicas;
    RedisSetup& redis;
    provider_simulator::SimulatedProvider& provider;
    Surroundings& surroundings;
    // That all replicas read.
    std::string client_secret_file;
    // Adds a key to the keyring that all replicas read.
    std::function<void()> add_key;
  };
  Nemesis(Victims victims, uint64_t seed);

  // Until then, and a little longer: all is well when it returns.
  void RunUntil(absl::Time end);
  const std::vector<Incident>& incidents() const { return incidents_; }

 private:
  struct Running {
    size_t incident;
    absl::Time until;
  };
  void BeginOne();
  // What may be begun beside what is running: one thing at a time for Redis, for the provider and
  // for each replica, and one replica is left alone.
  bool MayBegin(const Incident& incident) const;
  bool TryBegin(const Incident& incident);
  bool TryEnd(const Incident& incident);
  void EndThoseThatAreOver(absl::Time now);
  void BeginAtProvider(Fault fault);
  // The provider takes another secret at once; the replicas are told it later.
  void ChangeSecret();
  void TellSecret() const;
  absl::Duration LengthOf(Fault fault);
  absl::Duration Between(absl::Duration least, absl::Duration most);

  const Victims victims_;
  const std::vector<Fault> faults_;
  std::mt19937_64 random_;
  std::string client_secret_;
  std::vector<Incident> incidents_;
  std::vector<Running> running_;
};

}  // namespace tokenbroker
