// A spill in memory that a test can look into, and that can be full.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "store/spill.h"

namespace tokenbroker {

class FakeSpill : public Spill {
 public:
  Task<absl::Status> Keep(SpilledWrite write) override {
    if (!writable) co_return absl::UnavailableError("no space left on device");
    ++keeps;
    Attempt attempt = AttemptOf(write);
    kept.insert_or_assign(std::move(attempt), std::move(write));
    co_return absl::OkStatus();
  }
  Task<void> Drop(Attempt attempt) override {
    kept.erase(attempt);
    co_return;
  }
  Task<std::vector<SpilledWrite>> Recover() override {
    std::vector<SpilledWrite> writes;
    for (const auto& [attempt, write] : kept) writes.push_back(write);
    co_return writes;
  }
  bool Writable() const override { return writable; }

  bool writable = true;
  int keeps = 0;
  std::map<Attempt, SpilledWrite> kept;
};

}  // namespace tokenbroker
