// A write of what a provider handed out, kept on disk while the store does not take it.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/types/optional.h>

#include <memory>

#include "broker/broker_parts.h"
#include "store/spill.h"

namespace tokenbroker {

// How long the store may take before a write is kept on disk as well.
inline constexpr absl::Duration kSpillAfter = absl::Milliseconds(100);

// Loop thread only. Hold it while the store is asked, then say that it has decided.
class KeptWrite {
 public:
  // Keeps the write of `attempt` when the store has not decided after kSpillAfter, and tries again
  // while the disk says no. `write` is asked for it then: most are stored long before. `on_kept` is
  // called once it is safe there. Neither is called once the store has decided.
  static std::shared_ptr<KeptWrite> Watch(BrokerParts* parts, Attempt attempt,
                                          absl::AnyInvocable<SpilledWrite()> write,
                                          absl::AnyInvocable<void()> on_kept);
  // Of a write that an earlier process kept.
  static std::shared_ptr<KeptWrite> Recovered(BrokerParts* parts, Attempt attempt);

  // The store has it, or refuses it for good: nothing of it stays on disk.
  void Decided();

  // Use Watch or Recovered.
  KeptWrite(BrokerParts* parts, Attempt attempt) : parts_(*parts), attempt_(std::move(attempt)) {
    parts_.uncommitted.Increment();
  }

 private:
  enum class Place { kMemory, kDisk };

  static Task<void> Keep(std::shared_ptr<KeptWrite> kept, SpilledWrite write,
                         absl::AnyInvocable<void()> on_kept);

  BrokerParts& parts_;
  const Attempt attempt_;
  Place place_ = Place::kMemory;
  bool decided_ = false;
  absl::optional<Loop::TimerId> late_;
};

}  // namespace tokenbroker
