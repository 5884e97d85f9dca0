// The port to the place where a write waits that the store does not take: what a provider handed
// out exists nowhere else.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "io/task.h"
#include "store/grant_store.h"
#include "store/login_store.h"

namespace tokenbroker {

// The arguments of the call that is to be repeated.
using SpilledWrite = std::variant<CommitRequest, FinishExchangeRequest>;

inline const Attempt& AttemptOf(const SpilledWrite& write) {
  return std::visit([](const auto& request) -> const Attempt& { return request.attempt; }, write);
}

// Loop thread only.
class Spill {
 public:
  virtual ~Spill() = default;

  // OK once `write` would survive this process and a loss of power. One per attempt: a later one
  // takes the place of the earlier. Not OK when there is no place for it.
  virtual Task<absl::Status> Keep(SpilledWrite write) = 0;
  // The store has decided about the attempt's write. Returns once nothing of it is left.
  virtual Task<void> Drop(Attempt attempt) = 0;
  // What an earlier process left. What cannot be opened (a key that is not in the keyring yet) is
  // left where it is, and logged.
  virtual Task<std::vector<SpilledWrite>> Recover() = 0;
  // False while Keep would fail: then nothing is begun that might have to be kept.
  virtual bool Writable() const = 0;
};

// For stores that are no more durable than the process itself.
class NoSpill : public Spill {
 public:
  Task<absl::Status> Keep(SpilledWrite) override {
    co_return absl::FailedPreconditionError("this store has no spill");
  }
  Task<void> Drop(Attempt) override { co_return; }
  Task<std::vector<SpilledWrite>> Recover() override { co_return std::vector<SpilledWrite>(); }
  bool Writable() const override { return true; }
};

}  // namespace tokenbroker
