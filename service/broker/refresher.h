// Keeps grants fresh in the background: hands due ones to the one refresh path, at each provider's
// rate. Its cost is proportional to what is due.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "broker/broker_parts.h"
#include "broker/token_broker.h"

namespace tokenbroker {

class Refresher {
 public:
  // Both must outlive it.
  Refresher(BrokerParts& parts, TokenBroker& broker);

  // Loop thread only. Starts the work; it goes on until Stop.
  void Start();
  // Claims nothing more, nor does the broker refresh ahead of need. What was started goes on.
  void Stop();

 private:
  // Whether more work may be waiting than was claimed.
  enum class Backlog { kNone, kSome };
  // What the provider is asked about a claimed grant.
  enum class Course { kRefresh, kNothing };

  // One step, for one provider: exchange what is known about it with the other replicas, then claim
  // what is due and may be sent now.
  Task<Backlog> Tick(std::string provider);
  // Claims nothing.
  Task<void> LookAtBacklog(std::string provider);
  static void Show(const ClaimAnswer& claim, ProviderGate& gate);
  Task<void> Run();
  Task<void> RunUses();
  Task<void> ShareProviderState(std::shared_ptr<const ProviderConfig> config);
  // The grant was claimed at `time`: refresh it, or put it off when nobody has used it lately.
  Course Consider(DueGrant due, const StoreTimeMark& time);
  Task<void> PutOff(DueGrant due, absl::Time until, InFlight::Ticket ticket);

  BrokerParts& parts_;
  TokenBroker& broker_;
  bool stopped_ = false;
  // When what is to be done for a provider may be done again.
  struct Pace {
    SteadyTime next_tick = SteadyTime::InfinitePast();
    SteadyTime next_sharing = SteadyTime::InfinitePast();
    // Something claimed, however little may be sent.
    SteadyTime claim_by = SteadyTime::InfinitePast();
    // Its backlog looked at although nothing is claimed.
    SteadyTime next_look = SteadyTime::InfinitePast();
  };
  // By provider.
  std::map<std::string, Pace> paces_;
  prometheus::Gauge& skew_;
};

}  // namespace tokenbroker
