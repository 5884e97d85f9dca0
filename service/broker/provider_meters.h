// What is counted of one provider: its refreshes, what of them is due, and how the promises about
// them are kept.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "base/metrics.h"
#include "store/grant_store.h"

namespace tokenbroker {

// Who wanted a refresh first; others who want it too join.
enum class RefreshTrigger { kBackground, kCaller, kAdministrator };

// Loop thread only. Of providers that are configured, or were: names that callers make up never
// come here.
class ProviderMeters {
 public:
  // `metrics` must outlive it.
  ProviderMeters(Metrics& metrics, const std::string& provider);

  // A refresh request of this provider; over when it goes out of scope.
  class Request {
   public:
    explicit Request(ProviderMeters& meters) : in_flight_(meters.in_flight_) {
      in_flight_.Increment();
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() { in_flight_.Decrement(); }

   private:
    prometheus::Gauge& in_flight_;
  };
  // The provider took so long to answer, or not to.
  void Answered(absl::Duration took) { duration_.Observe(absl::ToDoubleSeconds(took)); }
  // "refreshed", or the name of an error class.
  void RefreshEnded(RefreshTrigger trigger, absl::string_view outcome);

  // A lease ended while its refresh was in flight.
  void LeaseLost() { leases_lost_.Increment(); }
  // An intent that nobody holds. It is found again and again, and counts once.
  void OrphanFound(const Attempt& attempt);
  // A grant died of a refresh token that was replaced by one that nobody has.
  void RotationLost() { rotations_lost_.Increment(); }
  // The store has less of a grant than this replica knows.
  void RollbackFound() { rollbacks_.Increment(); }

  void ShowFrozen(bool frozen) { frozen_.Set(frozen ? 1 : 0); }
  void ShowBackingOff(bool backing_off) { backing_off_.Set(backing_off ? 1 : 0); }
  void ShowBacklog(const DueBacklog& backlog);
  // As last shown.
  const DueBacklog& backlog() const { return backlog_; }

 private:
  prometheus::Counter& RefreshesOf(RefreshTrigger trigger, absl::string_view outcome);

  Metrics& metrics_;
  const std::string provider_;
  // By trigger.
  prometheus::Counter* refreshed_[3];
  Histogram& duration_;
  prometheus::Gauge& in_flight_;
  prometheus::Counter& leases_lost_;
  prometheus::Counter& intents_orphaned_;
  prometheus::Counter& rotations_lost_;
  prometheus::Counter& rollbacks_;
  prometheus::Gauge& frozen_;
  prometheus::Gauge& backing_off_;
  prometheus::Gauge& due_grants_;
  prometheus::Gauge& due_lag_;
  DueBacklog backlog_;
  // Counted already; bounded.
  absl::flat_hash_set<Attempt> orphans_;
};

}  // namespace tokenbroker
