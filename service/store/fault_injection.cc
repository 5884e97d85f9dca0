#include "store/fault_injection.h"

namespace tokenbroker {

void FaultInjection::Inject(StoreVerb verb, StoreFault fault, int count) {
  series_[verb].push_back(Series{fault, count});
}

void FaultInjection::Heal() {
  series_.clear();
  everywhere_ = StoreFault();
}

void FaultInjection::Remember(const GrantKey& key, absl::Time now) {
  const RefreshRecord* record = grants_.Find(key, now);
  absl::optional<RefreshRecord>& copy = remembered_[key];
  copy.reset();
  if (record != nullptr) copy = *record;
}

void FaultInjection::Rollback(const GrantKey& key) { grants_.Replace(key, remembered_[key]); }

StoreFault FaultInjection::Take(StoreVerb verb) {
  ++calls_[verb];
  const auto found = series_.find(verb);
  if (found == series_.end()) return everywhere_;
  Series& first = found->second.front();
  const StoreFault fault = first.fault;
  if (--first.left <= 0) found->second.pop_front();
  if (found->second.empty()) series_.erase(found);
  return fault;
}

}  // namespace tokenbroker
