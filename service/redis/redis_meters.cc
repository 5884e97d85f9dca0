#include "redis/redis_meters.h"

namespace tokenbroker {

RedisMeters::RedisMeters(Metrics& metrics)
    : metrics_(&metrics),
      duration_(&metrics.Distribution(
          "tokenbroker_redis_duration_seconds",
          "From the sending of a command or script to Redis to its answer.",
          {.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1})) {}

void RedisMeters::Answered(absl::Duration took) const {
  if (duration_ != nullptr) duration_->Observe(absl::ToDoubleSeconds(took));
}

void RedisMeters::Expect(const std::string& purpose) const {
  if (metrics_ == nullptr) return;
  Connections(purpose);
  Errors(purpose);
}

void RedisMeters::Connected(const std::string& purpose) const {
  if (metrics_ != nullptr) Connections(purpose).Increment();
}

void RedisMeters::Failed(const std::string& purpose) const {
  if (metrics_ != nullptr) Errors(purpose).Increment();
}

prometheus::Counter& RedisMeters::Connections(const std::string& purpose) const {
  return metrics_->Counter("tokenbroker_redis_connections_total",
                           "Connections to Redis that were made, by what they are for.",
                           {{"purpose", purpose}});
}

prometheus::Counter& RedisMeters::Errors(const std::string& purpose) const {
  return metrics_->Counter(
      "tokenbroker_redis_connection_errors_total",
      "Connections to Redis that could not be made or ended unasked, by what they are for.",
      {{"purpose", purpose}});
}

}  // namespace tokenbroker
