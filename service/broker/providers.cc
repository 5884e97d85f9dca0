#include "broker/providers.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "broker/provider_trial.h"
#include "broker/refusals.h"
#include "crypto/base64url.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

constexpr absl::string_view kPagePrefix = "after:";

std::string PageAfter(absl::string_view provider) {
  return Base64UrlEncode(absl::StrCat(kPagePrefix, provider));
}

// The name that the page goes on after; empty for the first page.
absl::StatusOr<std::string> ParsePage(const std::string& page) {
  if (page.empty()) return page;
  const absl::optional<std::string> text = Base64UrlDecode(page);
  absl::string_view name = text ? *text : absl::string_view();
  if (!absl::ConsumePrefix(&name, kPagePrefix) || PageAfter(name) != page) {
    return FieldInvalid("page_token", "was not given by ListProviders");
  }
  return std::string(name);
}

absl::Status CheckedJustNow(const std::string& provider, absl::Duration wait) {
  Refusal refusal;
  refusal.reason = Reason::kQuotaExceeded;
  refusal.provider = provider;
  refusal.message = "the provider was checked a moment ago, and is not asked that often";
  refusal.retry_after = wait;
  return ToStatus(refusal);
}

}  // namespace

ProviderView Providers::ViewOf(Config config) const {
  ProviderView view;
  const auto known = parts_.resolver.Known(config->name);
  view.authorization_endpoint =
      known.ok() ? (*known)->authorization_endpoint : config->authorization_endpoint;
  view.token_endpoint = known.ok() ? (*known)->token_endpoint : config->token_endpoint;
  view.frozen = parts_.gates.For(config->name).IsFrozen(*config);
  view.config = std::move(config);
  return view;
}

Task<absl::StatusOr<ProviderPage>> Providers::ListProviders(ListProvidersQuery query) {
  const absl::StatusOr<std::string> after = ParsePage(query.page);
  if (!after.ok()) co_return after.status();
  const std::shared_ptr<const Snapshot> snapshot = parts_.config.Current();
  std::vector<std::string> names;
  for (const auto& [name, config] : snapshot->providers) {
    if (name > *after && (!query.covered || query.covered(name))) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  ProviderPage page;
  for (const std::string& name : names) {
    if (static_cast<int>(page.providers.size()) == query.page_size) {
      page.next_page = PageAfter(page.providers.back().config->name);
      break;
    }
    page.providers.push_back(ViewOf(snapshot->FindProvider(name)));
  }
  co_return page;
}

Task<absl::StatusOr<std::vector<ProviderCheck>>> Providers::CheckProvider(std::string provider,
                                                                          SteadyTime deadline) {
  Config config = parts_.config.Current()->FindProvider(provider);
  if (config == nullptr) co_return ProviderUnknown(provider);
  std::pair<std::string, const ProviderConfig*> flight(provider, config.get());
  const auto last = last_checks_.find(provider);
  if (!checks_.InFlight(flight) && last != last_checks_.end() && last->second.config == config) {
    const absl::Duration wait = last->second.ended + kBetweenChecks - parts_.Now();
    if (wait > absl::ZeroDuration()) co_return CheckedJustNow(provider, wait);
  }
  decltype(checks_)::Start start = [this, config] { return Check(config); };
  absl::optional<Found> found =
      co_await checks_.Join(std::move(flight), deadline, std::move(start));
  if (!found) co_return absl::DeadlineExceededError("the call's deadline came before the findings");
  co_return *std::move(found);
}

Task<Providers::Found> Providers::Check(Config config) {
  Found found = co_await TryProvider(&parts_, config);
  last_checks_[config->name] = {config, parts_.Now()};
  co_return found;
}

}  // namespace tokenbroker
