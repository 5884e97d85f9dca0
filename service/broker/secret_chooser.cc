#include "broker/secret_chooser.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace tokenbroker {

bool RefusesTheSecret(absl::string_view error) {
  return error == "invalid_client" || error == "http_401";
}

SecretChooser::SecretChooser(Metrics& metrics, const std::string& provider)
    : newest_(CountersFor(metrics, provider, "newest")),
      older_(CountersFor(metrics, provider, "older")) {}

ClientSecret SecretChooser::Choose(const ProviderConfig& config) const {
  for (const ClientSecret& secret : config.client_secrets) {
    if (!refused_.contains(secret.fingerprint)) return secret;
  }
  const std::vector<ClientSecret>& secrets = config.client_secrets;
  if (secrets.empty()) return ClientSecret();
  const auto last = std::find_if(secrets.begin(), secrets.end(), [this](const ClientSecret& s) {
    return s.fingerprint == refused_last_;
  });
  const bool another = last != secrets.end() && std::next(last) != secrets.end();
  return another ? *std::next(last) : secrets.front();
}

ClientSecret SecretChooser::ChooseForOne(const ProviderConfig& config) const {
  for (const ClientSecret& secret : config.client_secrets) {
    if (secret.fingerprint == working_) return secret;
  }
  return Choose(config);
}

void SecretChooser::Accepted(const ProviderConfig& config, const ClientSecret& used) {
  working_ = used.fingerprint;
  refused_.erase(used.fingerprint);
  if (Counters* counters = CountersOf(config, used)) counters->accepted.Increment();
}

bool SecretChooser::Refused(const ProviderConfig& config, const ClientSecret& used) {
  if (Counters* counters = CountersOf(config, used)) counters->refused.Increment();
  if (working_ == used.fingerprint) {
    // In a rotation the others' turn has come: what was said of them earlier is out of date.
    working_.clear();
    refused_.clear();
  }
  refused_.insert(used.fingerprint);
  refused_last_ = used.fingerprint;
  return std::any_of(config.client_secrets.begin(), config.client_secrets.end(),
                     [this](const ClientSecret& s) { return !refused_.contains(s.fingerprint); });
}

SecretChooser::Counters SecretChooser::CountersFor(Metrics& metrics, const std::string& provider,
                                                   const std::string& age) {
  const auto counter = [&](const std::string& outcome) -> prometheus::Counter& {
    return metrics.Counter("tokenbroker_client_secrets_presented_total",
                           "Client secrets that a provider accepted or refused, by whether it was "
                           "the newest of those configured or an older one.",
                           {{"provider", provider}, {"secret", age}, {"outcome", outcome}});
  };
  return {counter("accepted"), counter("refused")};
}

SecretChooser::Counters* SecretChooser::CountersOf(const ProviderConfig& config,
                                                   const ClientSecret& used) {
  const std::vector<ClientSecret>& secrets = config.client_secrets;
  const auto it = std::find(secrets.begin(), secrets.end(), used);
  if (it == secrets.end()) return nullptr;
  return it == secrets.begin() ? &newest_ : &older_;
}

}  // namespace tokenbroker
