// Callers who ask every replica for every grant's token, all the time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/replica.h"
#include "tests/support/stop_event.h"

namespace tokenbroker {

class Load {
 public:
  struct Counts {
    int64_t answers = 0;
    // Refused, or not answered in time.
    int64_t errors = 0;
    // Calls that were under way when their replica died: the caller asked again elsewhere.
    int64_t cut = 0;
    // Tokens that had expired already when they were asked for.
    int64_t expired = 0;
    // The errors by reason, or by what gRPC said.
    std::map<std::string, int64_t> reasons;
  };

  // Begins. The replicas' clients and the subjects must outlive it.
  Load(std::vector<Replica*> replicas, const std::vector<std::string>& subjects, int callers = 6);
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Lets it go on for so long.
  void RunFor(absl::Duration time) { stop_.StoppedWithin(time); }
  // Ends it; what was seen in all.
  Counts Stop();
  Counts SoFar();

 private:
  void Call(unsigned seed);
  void Ask(Replica& replica, const std::string& subject);

  const std::vector<Replica*> replicas_;
  const std::vector<std::string>& subjects_;
  StopEvent stop_;
  std::mutex mutex_;
  Counts counts_;
  std::vector<std::thread> callers_;
};

std::ostream& operator<<(std::ostream& out, const Load::Counts& counts);

}  // namespace tokenbroker
