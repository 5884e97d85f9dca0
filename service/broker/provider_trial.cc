#include "broker/provider_trial.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "broker/client_verdict.h"
#include "crypto/base64url.h"
#include "crypto/random.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using Result = ProviderCheck::Result;
using Provider = std::shared_ptr<const ResolvedProvider>;

// How long it waits for room within the provider's limits.
constexpr absl::Duration kPatience = absl::Seconds(10);

// Nobody's: unlike every refresh token there is.
Secret MadeUpRefreshToken() {
  return Secret(absl::StrCat("token-broker-check-", Base64UrlEncode(RandomBytes(16))));
}

ProviderCheck Check(absl::string_view name, Finding finding, absl::Duration duration) {
  return {name, finding.result, std::move(finding.detail), duration};
}

std::vector<ProviderCheck> ClientChecks(ClientVerdict verdict, absl::Duration duration) {
  std::vector<ProviderCheck> checks;
  checks.push_back(Check("tls", std::move(verdict.tls), duration));
  checks.push_back(Check("token_endpoint", std::move(verdict.token_endpoint), duration));
  checks.push_back(
      Check("client_authentication", std::move(verdict.client_authentication), duration));
  return checks;
}

std::vector<ProviderCheck> SkippedClientChecks(const std::string& why) {
  const Finding skipped = {Result::kSkipped, why};
  return ClientChecks({skipped, skipped, skipped}, absl::ZeroDuration());
}

// Why a resolver says no, without the provider's name, which whoever asks knows.
std::string Why(const absl::Status& status, const std::string& provider) {
  const std::string prefix = absl::StrCat("provider ", provider, ": ");
  const std::string message(status.message());
  return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
}

Finding JudgeDiscovery(const DiscoveryTrial& trial, const absl::Status& known,
                       const std::string& provider) {
  if (!trial.asked) return {Result::kSkipped, "the configuration names no issuer"};
  if (trial.error == "no_metadata" || trial.error == "metadata_refused") {
    return {Result::kFailed, Why(absl::UnknownError(trial.message), provider)};
  }
  if (!trial.error.empty()) {
    return {Result::kFailed, absl::StrCat("its issuer: ", Remedy(trial.error))};
  }
  if (!known.ok()) return {Result::kFailed, Why(known, provider)};
  return {Result::kPassed, ""};
}

// Without endpoints there is only what asking the issuer showed.
std::vector<ProviderCheck> ChecksWithoutEndpoint(const DiscoveryTrial& trial) {
  std::vector<ProviderCheck> checks =
      SkippedClientChecks("the token endpoint is not known without discovery");
  if (IsTlsTrouble(trial.error)) {
    checks[0] = Check("tls", {Result::kFailed, absl::StrCat("its issuer: ", Remedy(trial.error))},
                      absl::ZeroDuration());
  }
  return checks;
}

struct Presented {
  ClientSecret secret;
  // nullopt: the provider's limits left no room for it.
  absl::optional<TokenAnswer> answer;
};

Task<Presented> Present(BrokerParts* parts, Provider provider, ClientSecret secret) {
  ProviderGate& gate = parts->gates.For(provider->config->name);
  const SteadyTime patience = parts->Now() + kPatience;
  const Semaphore::Permit permit = co_await gate.Admit(provider->config, patience);
  if (!permit) co_return Presented{std::move(secret), absl::nullopt};
  RefreshTokenRequest request{std::move(provider), secret.secret, MadeUpRefreshToken()};
  TokenAnswer answer = co_await parts->endpoint.Refresh(std::move(request));
  co_return Presented{std::move(secret), std::move(answer)};
}

bool Refused(const Presented& presented) {
  return presented.answer && RefusesTheSecret(presented.answer->error);
}

// The newest secret is the one that must work; `last` is what became of the older ones.
Finding WithOlderSecrets(Finding newest, const ClientSecret& refused, const Presented& last) {
  if (Refused(last)) newest.detail += "; it refuses every client secret that is configured";
  if (!last.answer || last.answer->error != "invalid_grant") return newest;
  newest.detail = absl::StrCat("the provider refuses the newest client secret (fingerprint ",
                               refused.fingerprint, ") and takes an older one (fingerprint ",
                               last.secret.fingerprint, "): make the newest known to the provider");
  return newest;
}

Task<std::vector<ProviderCheck>> TryClient(BrokerParts* parts, Provider provider) {
  const ProviderConfig& config = *provider->config;
  const SteadyTime begun = parts->Now();
  std::vector<ClientSecret> secrets = config.client_secrets;
  if (secrets.empty()) secrets.emplace_back();
  const Presented newest = co_await Present(parts, provider, secrets.front());
  if (!newest.answer) {
    co_return SkippedClientChecks("the provider's limits left no room for the request");
  }
  ClientVerdict verdict = Judge(config, provider->token_endpoint, *newest.answer);
  const absl::Duration duration = parts->Now() - begun;
  if (!Refused(newest) || secrets.size() == 1) co_return ClientChecks(std::move(verdict), duration);
  for (size_t i = 1; i < secrets.size(); ++i) {
    const Presented older = co_await Present(parts, provider, secrets[i]);
    if (Refused(older) && i + 1 < secrets.size()) continue;
    verdict.client_authentication =
        WithOlderSecrets(std::move(verdict.client_authentication), newest.secret, older);
    break;
  }
  co_return ClientChecks(std::move(verdict), duration);
}

}  // namespace

Task<absl::StatusOr<std::vector<ProviderCheck>>> TryProvider(
    BrokerParts* parts, std::shared_ptr<const ProviderConfig> config) {
  const std::string& name = config->name;
  const SteadyTime begun = parts->Now();
  const absl::StatusOr<DiscoveryTrial> trial = co_await parts->resolver.TryDiscovery(name);
  if (!trial.ok()) co_return trial.status();
  const absl::StatusOr<Provider> known = parts->resolver.Known(name);
  std::vector<ProviderCheck> checks;
  checks.push_back(
      Check("discovery", JudgeDiscovery(*trial, known.status(), name), parts->Now() - begun));
  std::vector<ProviderCheck> rest;
  const SteadyTime not_before = parts->gates.For(name).AskedToWaitUntil();
  if (!known.ok()) {
    rest = ChecksWithoutEndpoint(*trial);
  } else if (not_before > parts->Now()) {
    rest = SkippedClientChecks(absl::StrCat(
        "the provider asked for no request in the next ",
        absl::FormatDuration(absl::Ceil(not_before - parts->Now(), absl::Seconds(1)))));
  } else {
    rest = co_await TryClient(parts, *known);
  }
  checks.insert(checks.end(), std::make_move_iterator(rest.begin()),
                std::make_move_iterator(rest.end()));
  co_return checks;
}

}  // namespace tokenbroker
