#include "base/metrics.h"

#include <prometheus/text_serializer.h>

namespace tokenbroker {

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

// Build() gives the existing family when name, help and labels are the same.
prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help,
                                      const MetricLabels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help,
                                  const MetricLabels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace tokenbroker
