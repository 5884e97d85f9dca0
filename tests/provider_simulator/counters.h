// What the simulated provider has seen. A snapshot is a plain value; any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_COUNTERS_H_
#define TESTS_PROVIDER_SIMULATOR_COUNTERS_H_

#include <cstdint>
#include <map>
#include <string>

#include "tests/provider_simulator/endpoint.h"

namespace provider_simulator {

// One refresh token. A request counts as a presentation as soon as it was read, also when a fault
// answers it; it ends when its answer was written or its connection is gone.
struct RefreshTokenCounters {
  std::uint64_t presented = 0;
  std::uint64_t accepted = 0;  // answered with tokens, also when that answer was then lost
  std::uint64_t concurrent = 0;
  std::uint64_t max_concurrent = 0;
};

struct Counters {
  std::map<Endpoint, std::uint64_t> requests;
  std::map<Endpoint, std::map<int, std::uint64_t>> statuses;   // 0: no answer was sent
  std::map<std::string, std::uint64_t> grant_types;            // of token requests, as presented
  std::map<std::string, RefreshTokenCounters> refresh_tokens;  // by the token itself
  std::map<std::uint64_t, std::uint64_t> refreshes_by_family;  // accepted ones, by family id
  std::uint64_t families_revoked_by_reuse = 0;
  std::uint64_t codes_reused = 0;
  std::uint64_t faults_played = 0;
  std::uint64_t token_connections = 0;  // TCP connections that carried a token request

  std::uint64_t Requests(Endpoint endpoint) const;
  std::uint64_t GrantType(const std::string& grant_type) const;
  // Over all refresh tokens: the most often that one was presented or accepted, and at once.
  std::uint64_t MaxPresented() const;
  std::uint64_t MaxAccepted() const;
  std::uint64_t MaxConcurrent() const;
  std::uint64_t Refreshes() const;  // accepted, of all families
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_COUNTERS_H_
