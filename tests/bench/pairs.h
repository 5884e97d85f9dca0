// Two things measured in turns, so that whatever else the machine does falls on both alike. Any
// thread.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace tokenbroker {

inline constexpr int kPairs = 7;

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

template <typename Sample>
class Pairs {
 public:
  // Takes `count` pairs; which of the two comes first changes from pair to pair.
  template <typename Ours, typename Baseline>
  static Pairs Take(Ours ours, Baseline baseline, int count = kPairs) {
    Pairs pairs;
    for (int i = 0; i < count; ++i) {
      if (i % 2 == 0) pairs.ours_.push_back(ours());
      pairs.baseline_.push_back(baseline());
      if (i % 2 == 1) pairs.ours_.push_back(ours());
    }
    return pairs;
  }

  // Medians of one of the sample's fields: of the pairs' ratios, and of each side.
  double Ratio(double Sample::* field) const {
    std::vector<double> ratios;
    for (size_t i = 0; i < ours_.size(); ++i) {
      ratios.push_back(ours_[i].*field / (baseline_[i].*field));
    }
    return Median(std::move(ratios));
  }
  double Ours(double Sample::* field) const { return MedianOf(ours_, field); }
  double Baseline(double Sample::* field) const { return MedianOf(baseline_, field); }

 private:
  static double MedianOf(const std::vector<Sample>& samples, double Sample::* field) {
    std::vector<double> values;
    for (const Sample& sample : samples) values.push_back(sample.*field);
    return Median(std::move(values));
  }

  std::vector<Sample> ours_;
  std::vector<Sample> baseline_;
};

}  // namespace tokenbroker
