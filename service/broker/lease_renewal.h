// Keeps a lease alive while a token request is in flight.
#pragma once

#include <memory>

#include "broker/begin.h"

namespace tokenbroker {

// Loop thread only. Renews every kLeaseRenewal from construction until destruction, or until the
// store says that the attempt is no longer the one: nothing changes then for the holder, who still
// awaits the provider's answer and stores it.
class LeaseRenewal {
 public:
  LeaseRenewal(BrokerParts& parts, const BegunRefresh& begun);
  ~LeaseRenewal();
  LeaseRenewal(const LeaseRenewal&) = delete;
  LeaseRenewal& operator=(const LeaseRenewal&) = delete;

 private:
  static Task<void> Renew(BrokerParts* parts, RenewRequest request, SteadyTime end,
                          std::shared_ptr<Event> stop);

  BrokerParts& parts_;
  RenewRequest request_;
  const SteadyTime end_;
  Loop::TimerId first_;
  // Null until the first renewal: most answers come before it.
  std::shared_ptr<Event> stop_;
};

}  // namespace tokenbroker
