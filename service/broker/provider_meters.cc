#include "broker/provider_meters.h"

namespace tokenbroker {
namespace {

constexpr size_t kMostOrphans = 4096;
constexpr absl::string_view kRefreshed = "refreshed";

const char* NameOf(RefreshTrigger trigger) {
  switch (trigger) {
    case RefreshTrigger::kBackground:
      return "background";
    case RefreshTrigger::kCaller:
      return "caller";
    case RefreshTrigger::kAdministrator:
      return "administrator";
  }
  return "";
}

}  // namespace

ProviderMeters::ProviderMeters(Metrics& metrics, const std::string& provider)
    : metrics_(metrics),
      provider_(provider),
      duration_(metrics.Distribution(
          "tokenbroker_refresh_duration_seconds",
          "From the sending of a refresh request to the provider's answer, or its time-out.",
          {.05, .1, .25, .5, 1, 2.5, 5, 10, 30}, {{"provider", provider}})),
      in_flight_(metrics.Gauge("tokenbroker_refreshes_in_flight",
                               "Refresh requests that wait for the provider's answer.",
                               {{"provider", provider}})),
      leases_lost_(metrics.Counter("tokenbroker_leases_lost_total",
                                   "Leases that ended while their refresh was in flight.",
                                   {{"provider", provider}})),
      intents_orphaned_(metrics.Counter(
          "tokenbroker_intents_orphaned_total",
          "Refreshes that were found begun, without an outcome, and held by nobody.",
          {{"provider", provider}})),
      rotations_lost_(metrics.Counter(
          "tokenbroker_rotations_lost_total",
          "Grants that ended because the refresh token that replaced theirs reached no store.",
          {{"provider", provider}})),
      rollbacks_(metrics.Counter("tokenbroker_store_rollbacks_total",
                                 "Times that the store had an older generation of a grant than "
                                 "this replica, or none of it.",
                                 {{"provider", provider}})),
      frozen_(metrics.Gauge("tokenbroker_provider_frozen",
                            "1 while a provider's refreshes are stopped because it refuses "
                            "the broker's own registration.",
                            {{"provider", provider}})),
      backing_off_(metrics.Gauge("tokenbroker_provider_backing_off",
                                 "1 while no refresh is sent because of the provider's failures "
                                 "or its Retry-After.",
                                 {{"provider", provider}})),
      due_grants_(metrics.Gauge("tokenbroker_due_grants",
                                "Grants of the fleet whose refresh was due and claimed by nobody "
                                "at the last look.",
                                {{"provider", provider}})),
      due_lag_(metrics.Gauge("tokenbroker_due_lag_seconds",
                             "How late the longest overdue of them was.",
                             {{"provider", provider}})) {
  // So that the first failures are a share of something.
  for (const RefreshTrigger trigger :
       {RefreshTrigger::kBackground, RefreshTrigger::kCaller, RefreshTrigger::kAdministrator}) {
    refreshed_[static_cast<size_t>(trigger)] = &RefreshesOf(trigger, kRefreshed);
  }
}

prometheus::Counter& ProviderMeters::RefreshesOf(RefreshTrigger trigger,
                                                 absl::string_view outcome) {
  return metrics_.Counter(
      "tokenbroker_refreshes_total", "Refresh requests by how they ended.",
      {{"provider", provider_}, {"trigger", NameOf(trigger)}, {"outcome", std::string(outcome)}});
}

void ProviderMeters::RefreshEnded(RefreshTrigger trigger, absl::string_view outcome) {
  // To look a counter up takes some 7,000 instructions.
  const bool usual = outcome == kRefreshed;
  (usual ? *refreshed_[static_cast<size_t>(trigger)] : RefreshesOf(trigger, outcome)).Increment();
}

void ProviderMeters::OrphanFound(const Attempt& attempt) {
  if (orphans_.size() >= kMostOrphans) orphans_.clear();
  if (orphans_.insert(attempt).second) intents_orphaned_.Increment();
}

void ProviderMeters::ShowBacklog(const DueBacklog& backlog) {
  backlog_ = backlog;
  due_grants_.Set(static_cast<double>(backlog.grants));
  due_lag_.Set(absl::ToDoubleSeconds(backlog.lag));
}

}  // namespace tokenbroker
