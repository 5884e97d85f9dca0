#include "broker/provider_revocation.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFirstPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(5);
constexpr absl::Duration kPatience = absl::Hours(1);

// One request for one of the grant's tokens; OK for a grant without that token.
Task<absl::Status> RevokeToken(BrokerParts* parts, InFlight* in_flight,
                               std::shared_ptr<const ResolvedProvider> provider, Secret token,
                               std::string hint) {
  if (token.empty()) co_return absl::OkStatus();
  const ProviderConfig& config = *provider->config;
  ProviderGate& gate = parts->gates.For(config.name);
  const ProviderGate::Turn turn = co_await gate.AdmitBehindRefreshes(provider->config);
  const InFlight::Ticket ticket(*in_flight);
  RevocationRequest request;
  request.client_secret = gate.secrets().ChooseForOne(config).secret;
  request.provider = std::move(provider);
  request.token = std::move(token);
  request.token_type_hint = std::move(hint);
  co_return co_await parts->endpoint.Revoke(std::move(request));
}

// The refresh token's end is the grant's (RFC 7009 2.1), so it decides; the access token is told
// for providers that let it live on.
Task<absl::Status> TryOnce(BrokerParts* parts, InFlight* in_flight, Grant grant) {
  const std::string& name = grant.key.provider;
  if (parts->config.Current()->FindProvider(name) == nullptr) {
    co_return absl::FailedPreconditionError("the provider is not configured");
  }
  auto provider = co_await parts->resolver.Resolve(name);
  if (!provider.ok()) co_return absl::UnavailableError("the provider is not known yet");
  const bool ours = grant.client_id == (*provider)->config->client_id;
  if (!ours) co_return absl::FailedPreconditionError("another client's grant");
  absl::Status refresh =
      co_await RevokeToken(parts, in_flight, *provider, grant.refresh_token, "refresh_token");
  if (!refresh.ok()) co_return refresh;
  absl::Status access =
      co_await RevokeToken(parts, in_flight, *provider, grant.access_token, "access_token");
  co_return grant.refreshable() ? absl::OkStatus() : access;
}

// `first_try` is given back after the first try: what is to be revoked exists nowhere else by now.
Task<void> Revoke(BrokerParts* parts, InFlight* in_flight, Grant grant,
                  std::shared_ptr<ProviderRevocation> revocation,
                  absl::optional<InFlight::Ticket> first_try) {
  const SteadyTime give_up = parts->Now() + kPatience;
  absl::Duration pause = kFirstPause;
  for (;;) {
    const absl::Status status = co_await TryOnce(parts, in_flight, grant);
    revocation->confirmed = status.ok();
    revocation->attempted.Notify();
    first_try.reset();
    if (status.ok()) co_return;
    const bool hopeless = !absl::IsUnavailable(status) || parts->Now() + pause > give_up;
    if (hopeless) {
      Log(LogLevel::kWarning, "grant_not_revoked_at_provider",
          {{"provider", grant.key.provider}, {"generation", grant.generation}});
      co_return;
    }
    const absl::Duration wait = parts->jitter.Around(pause, 0.5);
    co_await parts->loop.Sleep(wait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

std::shared_ptr<ProviderRevocation> RevokeAtProvider(BrokerParts* parts, InFlight* in_flight,
                                                     Grant grant) {
  auto revocation = std::make_shared<ProviderRevocation>(parts->loop);
  if (grant.refresh_token.empty() && grant.access_token.empty()) {
    revocation->attempted.Notify();
    return revocation;
  }
  absl::optional<InFlight::Ticket> first_try;
  first_try.emplace(*in_flight);
  parts->loop.Spawn(Revoke(parts, in_flight, std::move(grant), revocation, std::move(first_try)));
  return revocation;
}

}  // namespace tokenbroker
