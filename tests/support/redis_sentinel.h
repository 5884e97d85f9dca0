// A real Redis Sentinel that a test starts, disturbs and ends.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

// Watches the primary that it calls "main" at a port of 127.0.0.1, together with its like; two of
// them must agree. Quick to think that a server is down: one that is silent for `down_after`.
class RedisSentinel {
 public:
  explicit RedisSentinel(int primary_port, absl::Duration down_after = absl::Seconds(1));
  RedisSentinel(const RedisSentinel&) = delete;
  RedisSentinel& operator=(const RedisSentinel&) = delete;

  int port() const { return port_; }
  void Kill();
  // The port of the server that it takes for the primary; 0 when it does not answer.
  int PrimaryPort() const;
  // Its log so far.
  std::string Output() const { return process_->Output(); }
  // Waits for a line of its log, past or to come; empty when it ended without one.
  std::string WaitForLine(const std::string& text) { return process_->WaitForLine(text); }

 private:
  bool Start(int primary_port, absl::Duration down_after);

  TempFolder folder_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace tokenbroker
