// What the configuration says about the audit trail and about the callers' quotas.
#pragma once

#include <cstddef>
#include <string>

#include "base/secret.h"

namespace tokenbroker {

struct AuditConfig {
  enum class Sink { kStdout, kFile, kNone };
  // What becomes of a call whose line does not fit into the queue.
  enum class WhenFull {
    kDropLine,    // It is answered, and the line is lost and counted.
    kRefuseCall,  // It is refused.
  };
  enum class Subjects { kPlain, kHashed };

  Sink sink = Sink::kStdout;
  // Of kFile.
  std::string file;
  WhenFull when_full = WhenFull::kDropLine;
  Subjects subjects = Subjects::kPlain;
  // Of kHashed: the file of the key.
  std::string hash_key_file;
  size_t queue_lines = 10'000;

  friend bool operator==(const AuditConfig&, const AuditConfig&) = default;
};

// Of each caller at each replica.
struct QuotaConfig {
  // 0: no limit.
  double calls_per_second = 0;
  // How many calls may come at once after a pause; at least 1.
  int burst = 1;
  // Calls that wait for something: the store, a provider.
  int waiting_calls = 1000;
  // Streams of WatchToken.
  int watches = 1000;

  friend bool operator==(const QuotaConfig&, const QuotaConfig&) = default;
};

}  // namespace tokenbroker
