// One run: a plan, played from its beginning to its end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/checker.h"
#include "tests/simulation/replica.h"

namespace tokenbroker::simulation {

struct Outcome {
  std::vector<Violation> violations;
  uint64_t steps = 0;
  uint64_t choices = 0;
  uint64_t path = 0;
  History history;
};

class World {
 public:
  // `metrics` is shared by all worlds: making one costs more than a run.
  World(const Plan& plan, Metrics& metrics);

  // REQUIRES: called once.
  Outcome Play();

 private:
  void Start();
  void Happen(const Happening& event);
  void Crash(const Happening& event);
  void Restart(int replica);
  void Pause(const Happening& event);
  void FailOver(const Happening& event);
  void LogIn(const Happening& event);
  void Note(Trouble::Kind kind, int replica, absl::Duration length, absl::Duration aftermath);
  void Mend();
  void AskAll();
  void NoteEndings();

  const Plan plan_;
  History history_;
  Scheduler scheduler_;
  Network network_;
  StoreServer server_;
  Provider provider_;
  Dice dice_;
  Disk disks_[kReplicas];
  int incarnations_[kReplicas] = {};
  Metrics& metrics_;
  std::unique_ptr<Replica> replicas_[kReplicas];
};

// Plays the plan and has it judged.
Outcome Play(const Plan& plan);

}  // namespace tokenbroker::simulation
