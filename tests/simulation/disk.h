// A replica's disk: the spill on it outlives the process, unless the disk goes too.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "store/spill.h"
#include "tests/simulation/names.h"
#include "tests/simulation/network.h"

namespace tokenbroker::simulation {

struct Disk {
  std::vector<SpilledWrite> writes;
  SteadyTime full = SteadyTime::InfinitePast();
  absl::Duration reading = absl::Milliseconds(5);
};

// The present process's view of it. All must outlive it, and the loop's tasks be dropped first.
class DiskSpill : public Spill {
 public:
  DiskSpill(Loop& loop, Network& network, History& history, Disk& disk, Process self)
      : loop_(loop), network_(network), history_(history), disk_(disk), self_(self) {}

  Task<absl::Status> Keep(SpilledWrite write) override {
    co_await loop_.Sleep(kSync);
    if (!Writable()) co_return absl::UnavailableError("no space left on device");
    Remove(AttemptOf(write));
    Note(write);
    disk_.writes.push_back(std::move(write));
    co_await loop_.Sleep(kSync);
    co_return absl::OkStatus();
  }
  Task<void> Drop(Attempt attempt) override {
    co_await loop_.Sleep(kSync);
    Remove(attempt);
  }
  Task<std::vector<SpilledWrite>> Recover() override {
    co_await loop_.Sleep(disk_.reading);
    co_return disk_.writes;
  }
  bool Writable() const override { return disk_.full <= network_.Now(); }

 private:
  static constexpr absl::Duration kSync = absl::Milliseconds(5);

  void Remove(const Attempt& attempt) {
    disk_.writes.erase(std::remove_if(disk_.writes.begin(), disk_.writes.end(),
                                      [&](const auto& w) { return AttemptOf(w) == attempt; }),
                       disk_.writes.end());
  }
  // -1: it brought none.
  static int TokenOf(const SpilledWrite& write) {
    if (const auto* commit = std::get_if<CommitRequest>(&write)) {
      return commit->rotated == Rotated::kYes ? NumberIn(commit->record.refresh_token) : -1;
    }
    const auto& login = std::get<FinishExchangeRequest>(write);
    const bool brings = login.record.has_value() && login.expected == 0;
    return brings ? NumberIn(login.record->refresh_token) : -1;
  }
  void Note(const SpilledWrite& write) {
    Kept kept;
    kept.token = TokenOf(write);
    if (kept.token < 0) return;
    kept.by = self_;
    kept.at = network_.Now();
    history_.kept.push_back(kept);
  }

  Loop& loop_;
  Network& network_;
  History& history_;
  Disk& disk_;
  const Process self_;
};

}  // namespace tokenbroker::simulation
