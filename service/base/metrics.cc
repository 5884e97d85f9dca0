#include "base/metrics.h"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <utility>

namespace tokenbroker {

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

// Build() gives the existing family when name and constant labels are the same.
prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help,
                                      const MetricLabels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help,
                                  const MetricLabels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

void Metrics::RemoveGauge(const std::string& name, const std::string& help,
                          const MetricLabels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
  family.Remove(&family.Add(labels));
}

Histogram& Metrics::Distribution(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const MetricLabels& labels) {
  MutexLock lock(distributions_mutex_);
  Distributions& all = distributions_[name];
  all.help = help;
  std::unique_ptr<Histogram>& one = all.by_labels[labels];
  if (one == nullptr) one = std::make_unique<Histogram>(bounds);
  return *one;
}

std::vector<prometheus::MetricFamily> Metrics::CollectDistributions() const {
  MutexLock lock(distributions_mutex_);
  std::vector<prometheus::MetricFamily> families;
  for (const auto& [name, distributions] : distributions_) {
    prometheus::MetricFamily family;
    family.name = name;
    family.help = distributions.help;
    family.type = prometheus::MetricType::Histogram;
    for (const auto& [labels, histogram] : distributions.by_labels) {
      prometheus::ClientMetric metric;
      for (const auto& [label, value] : labels) metric.label.push_back({label, value});
      metric.histogram = histogram->Read();
      family.metric.push_back(std::move(metric));
    }
    families.push_back(std::move(family));
  }
  return families;
}

Metrics::Reading Metrics::ReadBeforeText(std::function<void()> read) {
  MutexLock lock(readings_mutex_);
  readings_[next_reading_] = std::move(read);
  return Reading(*this, next_reading_++);
}

void Metrics::Forget(int id) {
  MutexLock lock(readings_mutex_);
  readings_.erase(id);
}

Metrics::Reading& Metrics::Reading::operator=(Reading&& other) noexcept {
  End();
  metrics_ = std::exchange(other.metrics_, nullptr);
  id_ = other.id_;
  return *this;
}

void Metrics::Reading::End() {
  if (metrics_ != nullptr) std::exchange(metrics_, nullptr)->Forget(id_);
}

std::string Metrics::Text() const {
  {
    MutexLock lock(readings_mutex_);
    for (const auto& [id, read] : readings_) read();
  }
  std::vector<prometheus::MetricFamily> families = registry_->Collect();
  std::vector<prometheus::MetricFamily> distributions = CollectDistributions();
  families.insert(families.end(), std::make_move_iterator(distributions.begin()),
                  std::make_move_iterator(distributions.end()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tokenbroker
