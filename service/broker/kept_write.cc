#include "broker/kept_write.h"

#include <utility>

#include "base/log.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kKeepAgain = absl::Seconds(1);

}  // namespace

std::shared_ptr<KeptWrite> KeptWrite::Watch(BrokerParts* parts, Attempt attempt,
                                            absl::AnyInvocable<SpilledWrite()> write,
                                            absl::AnyInvocable<void()> on_kept) {
  auto kept = std::make_shared<KeptWrite>(parts, std::move(attempt));
  kept->late_ =
      parts->loop.CallAt(parts->Now() + kSpillAfter,
                         [kept, write = std::move(write), on_kept = std::move(on_kept)]() mutable {
                           kept->parts_.loop.Spawn(Keep(kept, write(), std::move(on_kept)));
                         });
  return kept;
}

std::shared_ptr<KeptWrite> KeptWrite::Recovered(BrokerParts* parts, Attempt attempt) {
  auto kept = std::make_shared<KeptWrite>(parts, std::move(attempt));
  kept->place_ = Place::kDisk;
  return kept;
}

Task<void> KeptWrite::Keep(std::shared_ptr<KeptWrite> kept, SpilledWrite write,
                           absl::AnyInvocable<void()> on_kept) {
  BrokerParts& parts = kept->parts_;
  while (!kept->decided_) {
    const absl::Status status = co_await parts.spill.Keep(write);
    if (status.ok()) break;
    // A store without a spill says so for ever.
    if (absl::IsFailedPrecondition(status)) co_return;
    Log(LogLevel::kError, "write_not_kept", {{"error", status.message()}});
    co_await parts.loop.Sleep(kKeepAgain);
  }
  if (kept->decided_) {
    co_await parts.spill.Drop(kept->attempt_);
    co_return;
  }
  Log(LogLevel::kWarning, "write_kept_on_disk");
  kept->place_ = Place::kDisk;
  on_kept();
}

void KeptWrite::Decided() {
  if (!std::exchange(decided_, true)) parts_.uncommitted.Decrement();
  if (late_) parts_.loop.Cancel(*late_);
  if (place_ == Place::kDisk) parts_.loop.Spawn(parts_.spill.Drop(attempt_));
  place_ = Place::kMemory;
}

}  // namespace tokenbroker
