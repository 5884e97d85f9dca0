// What is counted of the connections to Redis and of what is asked on them.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "base/metrics.h"

namespace tokenbroker {

// A value; its copies count together. Loop thread only.
class RedisMeters {
 public:
  // Counts nothing.
  RedisMeters() = default;
  // `metrics` must outlive it.
  explicit RedisMeters(Metrics& metrics);

  // The server answered a command or script, be it with an error.
  void Answered(absl::Duration took) const;
  // There may be connections for this purpose.
  void Expect(const std::string& purpose) const;
  void Connected(const std::string& purpose) const;
  // A connection could not be made, or ended though nobody wanted that.
  void Failed(const std::string& purpose) const;

 private:
  prometheus::Counter& Connections(const std::string& purpose) const;
  prometheus::Counter& Errors(const std::string& purpose) const;

  // Both null: counts nothing.
  Metrics* metrics_ = nullptr;
  Histogram* duration_ = nullptr;
};

}  // namespace tokenbroker
