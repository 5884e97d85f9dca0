// The metric registry: made once at start, written from anywhere, read by the admin listener.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>

namespace tokenbroker {

using MetricLabels = std::map<std::string, std::string>;

// Any thread. The references live as long as the registry. Look a metric up once and keep it: the
// look-up takes a lock, an increment does not.
class Metrics {
 public:
  Metrics();
  // `name` ends in _total; see https://prometheus.io/docs/practices/naming/.
  prometheus::Counter& Counter(const std::string& name, const std::string& help,
                               const MetricLabels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help,
                           const MetricLabels& labels = {});
  // The Prometheus text format 0.0.4.
  std::string Text() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace tokenbroker
