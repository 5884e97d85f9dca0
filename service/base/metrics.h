// The metric registry: made once at start, written from anywhere, read by the admin listener.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "base/mutex.h"

namespace tokenbroker {

using MetricLabels = std::map<std::string, std::string>;

// Any thread. The references live as long as the registry. Look a metric up once and keep it: the
// look-up takes a lock, an increment does not. docs/metrics.md has them all.
class Metrics {
 public:
  Metrics();
  // `name` ends in _total; see https://prometheus.io/docs/practices/naming/.
  prometheus::Counter& Counter(const std::string& name, const std::string& help,
                               const MetricLabels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help,
                           const MetricLabels& labels = {});
  // Takes one out again; nobody may have a reference to it.
  void RemoveGauge(const std::string& name, const std::string& help, const MetricLabels& labels);
  // How values are distributed. `bounds`: see base/histogram.h; all of one name have the same.
  Histogram& Distribution(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const MetricLabels& labels = {});

  // Over when it goes out of scope, which may wait for a text that is being made.
  class Reading {
   public:
    Reading() = default;
    Reading(Reading&& other) noexcept { *this = std::move(other); }
    Reading& operator=(Reading&& other) noexcept;
    ~Reading() { End(); }

   private:
    friend class Metrics;
    Reading(Metrics& metrics, int id) : metrics_(&metrics), id_(id) {}
    void End();

    Metrics* metrics_ = nullptr;
    int id_ = 0;
  };
  // Calls `read`, which sets what is only known when it is looked at, before every text, on the
  // thread that wants the text. `read` must not begin or end a reading. The registry outlives it.
  [[nodiscard]] Reading ReadBeforeText(std::function<void()> read);

  // The Prometheus text format 0.0.4.
  std::string Text() const;

 private:
  struct Distributions {
    std::string help;
    std::map<MetricLabels, std::unique_ptr<Histogram>> by_labels;
  };

  void Forget(int id);
  std::vector<prometheus::MetricFamily> CollectDistributions() const;

  const std::shared_ptr<prometheus::Registry> registry_;
  mutable Mutex distributions_mutex_;
  // By name.
  std::map<std::string, Distributions> distributions_ TB_GUARDED_BY(distributions_mutex_);
  // Held while they are called.
  mutable Mutex readings_mutex_;
  std::map<int, std::function<void()>> readings_ TB_GUARDED_BY(readings_mutex_);
  int next_reading_ TB_GUARDED_BY(readings_mutex_) = 1;
};

}  // namespace tokenbroker
