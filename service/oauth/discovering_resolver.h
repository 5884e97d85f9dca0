// ProviderResolver that asks an issuer for its metadata and remembers the answer.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/jitter.h"
#include "config/snapshot.h"
#include "http/http_client.h"
#include "io/loop.h"
#include "io/single_flight.h"
#include "oauth/discovery.h"
#include "oauth/resolved_provider.h"
#include "token/refusal.h"

namespace tokenbroker {

// Metadata is good for an hour; what is older is served on while it cannot be had anew. A failure
// is remembered for a second at first, doubling up to a minute, and forgotten when the provider's
// configuration changes; metadata only when its issuer or ca_file does.
//
// A provider without `issuer` is never asked. One with an issuer and both endpoints configured is
// asked for the rest (revocation, RFC 9207), and gets along without.
//
// Loop thread only. `loop`, `http` and `config` must outlive it; end its tasks by Loop::DropTasks.
class DiscoveringResolver : public ProviderResolver {
 public:
  using Resolved = absl::StatusOr<std::shared_ptr<const ResolvedProvider>>;

  // `seed` is for the jitter of retries.
  DiscoveringResolver(Loop& loop, HttpClient& http, const ConfigSource& config, uint64_t seed)
      : loop_(loop), http_(http), source_(config), jitter_(seed), flights_(loop) {}

  Task<Resolved> Resolve(std::string name) override;
  Resolved Known(const std::string& name) override;
  Task<absl::StatusOr<DiscoveryTrial>> TryDiscovery(std::string name) override;

 private:
  using Config = std::shared_ptr<const ProviderConfig>;
  // Whatever is the matter, in the words that callers get.
  struct Discovered {
    absl::optional<ProviderMetadata> metadata;
    Refusal refusal;
    // As DiscoveryTrial has it.
    std::string error;
  };
  struct Entry {
    Config config;
    absl::optional<ProviderMetadata> metadata;
    SteadyTime fresh_until = SteadyTime::InfinitePast();
    // Of the last attempt, while it counts.
    absl::optional<Refusal> failure;
    int failures = 0;
    SteadyTime retry_at = SteadyTime::InfinitePast();
    // What `config` and `metadata` make; made when first asked for.
    std::shared_ptr<const ResolvedProvider> resolved;
  };

  Entry& EntryFor(const Config& config);
  Task<Discovered> Discover(Config config);
  Task<Discovered> FetchMetadata(Config config);
  void Remember(const ProviderConfig& config, const Discovered& found);
  Resolved Answer(Entry& entry) const;

  Loop& loop_;
  HttpClient& http_;
  const ConfigSource& source_;
  Jitter jitter_;
  absl::flat_hash_map<std::string, Entry> entries_;
  // By name, issuer and ca_file: who changed the configuration does not join an older flight.
  SingleFlight<std::string, Discovered> flights_;
};

}  // namespace tokenbroker
