#include "broker/lease_renewal.h"

namespace tokenbroker {
namespace {

// After a renewal without an answer: several of them fit into what is left of the lease.
constexpr absl::Duration kAgain = absl::Milliseconds(500);

}  // namespace

LeaseRenewal::LeaseRenewal(BrokerParts& parts, const BegunRefresh& begun)
    : parts_(parts), end_(begun.time.steady + kLease) {
  request_.key = begun.grant->key;
  request_.attempt = begun.attempt;
  request_.parent = begun.parent;
  request_.next = begun.next;
  request_.intent_at = begun.intent_at;
  request_.begun_at = begun.begun_at;
  first_ = parts_.loop.CallAt(parts_.Now() + kLeaseRenewal, [this] {
    stop_ = std::make_shared<Event>(parts_.loop);
    parts_.loop.Spawn(Renew(&parts_, std::move(request_), end_, stop_));
  });
}

LeaseRenewal::~LeaseRenewal() {
  if (stop_ != nullptr) {
    stop_->Notify();
    return;
  }
  parts_.loop.Cancel(first_);
  // This process stood still.
  if (parts_.Now() >= end_) parts_.gates.For(request_.key.provider).meters().LeaseLost();
}

Task<void> LeaseRenewal::Renew(BrokerParts* parts, RenewRequest request, SteadyTime end,
                               std::shared_ptr<Event> stop) {
  ProviderMeters& meters = parts->gates.For(request.key.provider).meters();
  for (;;) {
    if (parts->Now() >= end) {
      meters.LeaseLost();
      end = SteadyTime::InfiniteFuture();
    }
    if (stop->notified()) co_return;
    request.not_after = parts->Now() + kLeaseRenewal;
    const RenewAnswer answer = co_await parts->grants.Renew(request);
    absl::Duration pause = kLeaseRenewal;
    switch (answer.outcome) {
      case RenewAnswer::Outcome::kOk:
        end = answer.time.steady + kLease;
        break;
      case RenewAnswer::Outcome::kExpired:
      case RenewAnswer::Outcome::kNoStore:
      case RenewAnswer::Outcome::kUnavailable:
        pause = kAgain;
        break;
      case RenewAnswer::Outcome::kTaken:
        if (end != SteadyTime::InfiniteFuture()) meters.LeaseLost();
        co_return;
      case RenewAnswer::Outcome::kEnded:
      case RenewAnswer::Outcome::kGone:
        co_return;
    }
    co_await stop->WaitUntil(parts->Now() + pause);
  }
}

}  // namespace tokenbroker
