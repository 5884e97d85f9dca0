// Which of a provider's client secrets to present, by what the provider said of them.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/strings/string_view.h>

#include <string>

#include "base/metrics.h"
#include "config/provider_config.h"

namespace tokenbroker {

// Whether a provider's refusal (TokenAnswer::error) is of the client secret (RFC 6749 5.2) rather
// than of what the client asks for.
bool RefusesTheSecret(absl::string_view error);

// Loop thread only. Knows secrets by their fingerprints. `metrics` must outlive it.
class SecretChooser {
 public:
  SecretChooser(Metrics& metrics, const std::string& provider);

  // For a request that is repeated with another when the secret is refused: the newest that is not
  // known to be, so that a new one is tried as soon as it is configured. When all were refused they
  // take turns: a provider that recovered may want any of them. An empty one for public clients.
  ClientSecret Choose(const ProviderConfig& config) const;
  // For a request that is made once, with a code or for a revocation: the one that is known to
  // work, else as above.
  ClientSecret ChooseForOne(const ProviderConfig& config) const;

  void Accepted(const ProviderConfig& config, const ClientSecret& used);
  // Whether another one is left that was not refused.
  bool Refused(const ProviderConfig& config, const ClientSecret& used);

 private:
  // Of the secrets that are configured: the newest, and those before it. They have no other name
  // in metrics.
  struct Counters {
    prometheus::Counter& accepted;
    prometheus::Counter& refused;
  };
  static Counters CountersFor(Metrics& metrics, const std::string& provider,
                              const std::string& age);
  // nullptr for public clients, and for a secret that is not configured any more.
  Counters* CountersOf(const ProviderConfig& config, const ClientSecret& used);

  Counters newest_;
  Counters older_;
  absl::flat_hash_set<std::string> refused_;
  std::string refused_last_;
  // The one that was taken last.
  std::string working_;
};

}  // namespace tokenbroker
