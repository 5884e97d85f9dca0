#include "broker/lease_renewal.h"

namespace tokenbroker {

LeaseRenewal::LeaseRenewal(BrokerParts& parts, const BegunRefresh& begun)
    : stop_(std::make_shared<Event>(parts.loop)) {
  RenewRequest request;
  request.key = begun.grant.key;
  request.attempt = begun.attempt;
  request.parent = begun.parent;
  request.next = begun.next;
  request.intent_at = begun.intent_at;
  parts.loop.Spawn(Renew(&parts, std::move(request), begun.time.steady + kLease, stop_));
}

Task<void> LeaseRenewal::Renew(BrokerParts* parts, RenewRequest request, SteadyTime end,
                               std::shared_ptr<Event> stop) {
  ProviderMeters& meters = parts->gates.For(request.key.provider).meters();
  for (;;) {
    const bool stopped = co_await stop->WaitUntil(parts->Now() + kLeaseRenewal);
    if (parts->Now() >= end) {
      meters.LeaseLost();
      end = SteadyTime::InfiniteFuture();
    }
    if (stopped) co_return;
    request.not_after = parts->Now() + kLeaseRenewal;
    const RenewAnswer answer = co_await parts->grants.Renew(request);
    switch (answer.outcome) {
      case RenewAnswer::Outcome::kOk:
        end = answer.time.steady + kLease;
        break;
      case RenewAnswer::Outcome::kExpired:
      case RenewAnswer::Outcome::kNoStore:
      case RenewAnswer::Outcome::kUnavailable:
        break;
      case RenewAnswer::Outcome::kTaken:
        if (end != SteadyTime::InfiniteFuture()) meters.LeaseLost();
        co_return;
      case RenewAnswer::Outcome::kEnded:
      case RenewAnswer::Outcome::kGone:
        co_return;
    }
  }
}

}  // namespace tokenbroker
