// Providers that need no discovery. Loop thread only.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_cat.h>

#include <memory>
#include <string>
#include <utility>

#include "oauth/resolved_provider.h"
#include "token/refusal.h"

namespace tokenbroker {

// A provider as Spotify is: no issuer, one redirect URI, one secret. Change what the test is about.
inline ProviderConfig PlainProvider(std::string name = "music") {
  ProviderConfig config;
  config.name = std::move(name);
  config.client_id = "client-1";
  config.client_secrets = {{Secret("client-secret"), "fingerprint-1"}};
  config.authorization_endpoint = "https://music.example.com/authorize";
  config.token_endpoint = "https://music.example.com/token";
  config.redirect_uris = {"https://app.example.com/callback"};
  config.scopes = {"read"};
  return config;
}

inline std::shared_ptr<const ResolvedProvider> Resolved(ProviderConfig config) {
  auto provider = std::make_shared<ResolvedProvider>();
  provider->issuer = config.issuer;
  provider->authorization_endpoint = config.authorization_endpoint;
  provider->token_endpoint = config.token_endpoint;
  provider->revocation_endpoint = config.revocation_endpoint;
  provider->userinfo_endpoint = config.userinfo_endpoint;
  provider->config = std::make_shared<const ProviderConfig>(std::move(config));
  return provider;
}

class FakeProviderResolver : public ProviderResolver {
 public:
  using Answer = absl::StatusOr<std::shared_ptr<const ResolvedProvider>>;

  // From now on `provider` is what its name resolves to.
  void Set(std::shared_ptr<const ResolvedProvider> provider) {
    std::string name = provider->config->name;
    answers_.insert_or_assign(std::move(name), Answer(std::move(provider)));
  }
  // From now on `name` does not resolve.
  void Fail(const std::string& name, absl::Status status) {
    answers_.insert_or_assign(name, Answer(std::move(status)));
  }

  // What asking an issuer brings from now on.
  void AnswerDiscovery(DiscoveryTrial trial) { trial_ = std::move(trial); }
  int discoveries() const { return discoveries_; }

  Task<Answer> Resolve(std::string name) override { co_return Known(name); }
  Answer Known(const std::string& name) override {
    const auto it = answers_.find(name);
    if (it != answers_.end()) return it->second;
    Refusal refusal;
    refusal.reason = Reason::kProviderUnknown;
    refusal.message = "the configuration names no such provider";
    refusal.provider = name;
    return ToStatus(refusal);
  }
  Task<absl::StatusOr<DiscoveryTrial>> TryDiscovery(std::string name) override {
    ++discoveries_;
    if (!answers_.contains(name)) co_return Known(name).status();
    co_return trial_;
  }

 private:
  absl::flat_hash_map<std::string, Answer> answers_;
  DiscoveryTrial trial_;
  int discoveries_ = 0;
};

}  // namespace tokenbroker
