#include "oauth/discovering_resolver.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <utility>

#include "oauth/error_class.h"
#include "oauth/provider_request.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kMetadataLife = absl::Hours(1);
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLastRetry = absl::Minutes(1);
constexpr double kRetryJitter = 0.2;

Refusal RefusalFor(const ProviderConfig& config, Reason reason, absl::string_view message) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.message = absl::StrCat("provider ", config.name, ": ", message);
  refusal.provider = config.name;
  return refusal;
}

absl::Status Unknown() {
  Refusal refusal;
  refusal.reason = Reason::kProviderUnknown;
  refusal.message = "provider is not in the broker's configuration";
  return ToStatus(refusal);
}

bool HasBothEndpoints(const ProviderConfig& config) {
  return !config.authorization_endpoint.empty() && !config.token_endpoint.empty();
}

// The broker's word for a request that brought no metadata.
std::string WordFor(const HttpResult& result) {
  if (!result.response) return ClassifyNoAnswer(result).error;
  return absl::StrCat("http_", result.response->status);
}

// Not an answer to the question whether the metadata is there.
bool IsTrouble(const HttpResult& result) {
  if (!result.response) return result.error.code() != absl::StatusCode::kResourceExhausted;
  const int status = result.response->status;
  return status >= 500 || status == 408 || status == 429;
}

const std::string& Either(const std::string& configured, const std::string& found) {
  return configured.empty() ? found : configured;
}

ResolvedProvider Combine(std::shared_ptr<const ProviderConfig> config,
                         const ProviderMetadata& metadata) {
  ResolvedProvider provider;
  provider.issuer = config->issuer;
  provider.authorization_endpoint =
      Either(config->authorization_endpoint, metadata.authorization_endpoint);
  provider.token_endpoint = Either(config->token_endpoint, metadata.token_endpoint);
  provider.revocation_endpoint = Either(config->revocation_endpoint, metadata.revocation_endpoint);
  provider.userinfo_endpoint = Either(config->userinfo_endpoint, metadata.userinfo_endpoint);
  provider.issuer_required = metadata.issuer_required;
  provider.config = std::move(config);
  return provider;
}

}  // namespace

Task<DiscoveringResolver::Resolved> DiscoveringResolver::Resolve(std::string name) {
  const Config config = source_.Current()->FindProvider(name);
  if (config == nullptr) {
    entries_.erase(name);
    co_return Unknown();
  }
  Entry& entry = EntryFor(config);
  const SteadyTime now = loop_.clock().SteadyNow();
  if (config->issuer.empty() || now < entry.fresh_until || now < entry.retry_at) {
    co_return Answer(entry);
  }
  std::string flight = absl::StrJoin({name, config->issuer, config->ca_file}, "\n");
  SingleFlight<std::string, Discovered>::Start start = [this, config] { return Discover(config); };
  co_await flights_.Join(std::move(flight), SteadyTime::InfiniteFuture(), std::move(start));
  // Reloaded meanwhile: the present configuration is what counts.
  const auto it = entries_.find(name);
  if (it == entries_.end() || it->second.config != config) {
    co_return co_await Resolve(std::move(name));
  }
  co_return Answer(it->second);
}

DiscoveringResolver::Resolved DiscoveringResolver::Known(const std::string& name) {
  const Config config = source_.Current()->FindProvider(name);
  if (config == nullptr) return Unknown();
  Entry& entry = EntryFor(config);
  const bool asked = entry.metadata || entry.failure || config->issuer.empty();
  if (!asked && !HasBothEndpoints(*config)) {
    return ToStatus(
        RefusalFor(*config, Reason::kProviderUnavailable, "its issuer has not been asked yet"));
  }
  return Answer(entry);
}

Task<absl::StatusOr<DiscoveryTrial>> DiscoveringResolver::TryDiscovery(std::string name) {
  const Config config = source_.Current()->FindProvider(name);
  if (config == nullptr) co_return Unknown();
  if (config->issuer.empty()) co_return DiscoveryTrial();
  EntryFor(config);
  const Discovered found = co_await FetchMetadata(config);
  if (found.metadata) Remember(*config, found);
  co_return DiscoveryTrial{true, found.error, found.refusal.message};
}

DiscoveringResolver::Entry& DiscoveringResolver::EntryFor(const Config& config) {
  Entry& entry = entries_[config->name];
  if (entry.config == config) return entry;
  Entry renewed;
  if (entry.config != nullptr && entry.config->issuer == config->issuer &&
      entry.config->ca_file == config->ca_file) {
    renewed.metadata = std::move(entry.metadata);
    renewed.fresh_until = entry.fresh_until;
  }
  renewed.config = config;
  entry = std::move(renewed);
  return entry;
}

Task<DiscoveringResolver::Discovered> DiscoveringResolver::Discover(Config config) {
  Discovered found = co_await FetchMetadata(config);
  Remember(*config, found);
  co_return found;
}

Task<DiscoveringResolver::Discovered> DiscoveringResolver::FetchMetadata(Config config) {
  bool trouble = false;
  std::string error;
  for (const std::string& url : MetadataUrls(config->issuer)) {
    HttpRequest request = NewProviderRequest(*config, HttpMethod::kGet, url);
    const HttpResult result = co_await http_.Send(std::move(request));
    if (IsTrouble(result)) {
      trouble = true;
      error = WordFor(result);
    }
    if (trouble && !result.response) break;
    if (!result.response || result.response->status / 100 != 2) continue;
    absl::StatusOr<ProviderMetadata> metadata =
        ParseMetadata(result.response->body, config->issuer);
    if (metadata.ok()) co_return Discovered{*std::move(metadata), {}, ""};
    if (absl::IsFailedPrecondition(metadata.status())) {
      co_return Discovered{
          {},
          RefusalFor(*config, Reason::kProviderMisconfigured, metadata.status().message()),
          "metadata_refused"};
    }
  }
  Refusal refusal =
      trouble ? RefusalFor(*config, Reason::kProviderUnavailable,
                           "its metadata cannot be had at the moment")
              : RefusalFor(*config, Reason::kProviderMisconfigured,
                           "there is no metadata at its issuer: mend the issuer, or configure "
                           "authorization_endpoint and token_endpoint");
  if (!trouble) error = "no_metadata";
  co_return Discovered{{}, std::move(refusal), std::move(error)};
}

void DiscoveringResolver::Remember(const ProviderConfig& config, const Discovered& found) {
  const auto it = entries_.find(config.name);
  // The configuration has changed meanwhile: the answer belongs to nobody.
  if (it == entries_.end() || it->second.config->issuer != config.issuer ||
      it->second.config->ca_file != config.ca_file) {
    return;
  }
  Entry& entry = it->second;
  const SteadyTime now = loop_.clock().SteadyNow();
  if (found.metadata) {
    entry.metadata = found.metadata;
    entry.fresh_until = now + kMetadataLife;
    entry.failure.reset();
    entry.failures = 0;
    entry.resolved.reset();
    return;
  }
  const absl::Duration wait =
      std::min(kFirstRetry * static_cast<double>(1 << std::min(entry.failures, 6)), kLastRetry);
  entry.failure = found.refusal;
  entry.failures++;
  entry.retry_at = now + jitter_.Around(wait, kRetryJitter);
}

DiscoveringResolver::Resolved DiscoveringResolver::Answer(Entry& entry) const {
  if (entry.resolved != nullptr) return entry.resolved;
  if (!entry.metadata && !HasBothEndpoints(*entry.config) && entry.failure) {
    Refusal refusal = *entry.failure;
    if (refusal.reason == Reason::kProviderUnavailable) {
      refusal.retry_after =
          std::max(entry.retry_at - loop_.clock().SteadyNow(), absl::Milliseconds(1));
    }
    return ToStatus(refusal);
  }
  auto provider = std::make_shared<const ResolvedProvider>(
      Combine(entry.config, entry.metadata.value_or(ProviderMetadata())));
  if (provider->authorization_endpoint.empty() || provider->token_endpoint.empty()) {
    return ToStatus(RefusalFor(*entry.config, Reason::kProviderMisconfigured,
                               "its metadata names no authorization_endpoint or no "
                               "token_endpoint: configure it"));
  }
  entry.resolved = std::move(provider);
  return entry.resolved;
}

}  // namespace tokenbroker
