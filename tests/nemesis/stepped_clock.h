// The wall clock of one process, that can be set.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "tests/nemesis/clock_offset.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

// Any thread. The process' steady clock goes on as it does.
class SteppedClock {
 public:
  enum class Of { kBroker, kRedis };
  explicit SteppedClock(Of program);
  ~SteppedClock();
  SteppedClock(const SteppedClock&) = delete;
  SteppedClock& operator=(const SteppedClock&) = delete;

  // What starts the program.
  std::vector<std::string> Launcher() const;
  // It is so much ahead of the machine's from now on; less than zero: behind.
  void SetAhead(absl::Duration offset);

 private:
  TempFolder folder_;
  const Of program_;
  ClockOffset* offset_;
};

}  // namespace tokenbroker
