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
  parts.loop.Spawn(Renew(&parts, std::move(request), stop_));
}

Task<void> LeaseRenewal::Renew(BrokerParts* parts, RenewRequest request,
                               std::shared_ptr<Event> stop) {
  for (;;) {
    const bool stopped = co_await stop->WaitUntil(parts->Now() + kLeaseRenewal);
    if (stopped) co_return;
    request.not_after = parts->Now() + kLeaseRenewal;
    const RenewAnswer answer = co_await parts->grants.Renew(request);
    const bool ours = answer.outcome == RenewAnswer::Outcome::kOk ||
                      answer.outcome == RenewAnswer::Outcome::kExpired ||
                      answer.outcome == RenewAnswer::Outcome::kNoStore ||
                      answer.outcome == RenewAnswer::Outcome::kUnavailable;
    if (!ours) co_return;
  }
}

}  // namespace tokenbroker
