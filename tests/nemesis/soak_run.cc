// A fleet at steady load for DURATION seconds, on good days only: what each replica holds and how
// long its callers wait, sample by sample, and how much of that grows.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/chaos/fleet.h"
#include "tests/nemesis/callers.h"

namespace tokenbroker {
namespace {

constexpr int kReplicas = 3;
constexpr int kGrants = 1000;
constexpr int kSamples = 60;
// What is filled at the beginning: caches, pools, the allocator's own.
constexpr int kWarmUp = kSamples / 4;

struct Sample {
  absl::Time at;
  double resident_kib = 0;
  double descriptors = 0;
};

Sample Look(pid_t pid) {
  Sample sample;
  sample.at = absl::Now();
  const std::string process = "/proc/" + std::to_string(pid);
  std::ifstream status(process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) sample.resident_kib = std::stod(line.substr(6));
  }
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    sample.descriptors += entry.path().empty() ? 0 : 1;
  }
  return sample;
}

// By least squares, per hour.
double SlopeOf(const std::vector<std::pair<double, double>>& points) {
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const auto& [hours, value] : points) {
    x += hours, y += value, xx += hours * hours, xy += hours * value;
  }
  const auto n = static_cast<double>(points.size());
  return (n * xy - x * y) / (n * xx - x * x);
}

class SoakRun : public FleetTest {
 protected:
  static absl::Duration Length() {
    const char* text = getenv("DURATION");
    return absl::Seconds(text == nullptr ? 3600 : std::max(kSamples, atoi(text)));
  }

  void StartFleet() {
    SetTokenLifetime(absl::Seconds(30));
    SetMargin(absl::Seconds(15));
    StartRedis({"--appendonly", "yes", "--hash-max-listpack-value", "4096"});
    StartReplicas(kReplicas);
    for (const std::string& subject : LogInMany(kGrants)) grants_.push_back({"sim", subject});
  }

  void Run() {
    begun_ = absl::Now();
    Callers callers(replicas(), grants_, 1);
    StopEvent never;
    samples_.resize(kReplicas);
    for (int i = 1; i <= kSamples; ++i) {
      never.StoppedWithin(begun_ + i * Length() / kSamples - absl::Now());
      for (size_t r = 0; r < kReplicas; ++r) samples_[r].push_back(Look(replica(r).pid()));
    }
    answers_ = callers.Stop();
  }

  void ReportMemory() {
    for (size_t r = 0; r < kReplicas; ++r) {
      std::vector<std::pair<double, double>> points;
      for (size_t i = kWarmUp; i < samples_[r].size(); ++i) {
        const Sample& sample = samples_[r][i];
        points.emplace_back(absl::ToDoubleHours(sample.at - begun_), sample.resident_kib);
      }
      const double slope = SlopeOf(points);
      std::cout << "replica " << r << ": KiB resident " << points.front().second << " to "
                << points.back().second << ", " << slope << " an hour\n";
      // What a run of minutes shows of an hour is mostly noise.
      const double grown = slope * absl::ToDoubleHours(Length());
      EXPECT_LT(grown, 0.1 * points.front().second) << "memory grows";
    }
  }

  // Connections to the provider come and go with the load: what leaks is there at the quietest,
  // too.
  void ReportDescriptors() {
    for (size_t r = 0; r < kReplicas; ++r) {
      std::vector<double> fewest;
      for (size_t quarter = 0; quarter < 4; ++quarter) {
        const auto first =
            samples_[r].begin() + static_cast<std::ptrdiff_t>(quarter * kSamples / 4);
        const auto least = [](const Sample& a, const Sample& b) {
          return a.descriptors < b.descriptors;
        };
        fewest.push_back(std::min_element(first, first + kSamples / 4, least)->descriptors);
      }
      std::cout << "replica " << r << ": descriptors, the fewest of each quarter";
      for (const double count : fewest) std::cout << " " << count;
      std::cout << "\n";
      EXPECT_LT(fewest[3], 1.1 * fewest[1]) << "descriptors grow";
    }
  }

  void ReportLatency() {
    const absl::Duration part = Length() / 4;
    for (int i = 0; i < 4; ++i) {
      std::vector<absl::Duration> took;
      for (const Answer& answer : answers_) {
        const absl::Duration at = answer.asked - begun_;
        if (at >= i * part && at < (i + 1) * part) took.push_back(answer.answered - answer.asked);
      }
      ASSERT_FALSE(took.empty());
      std::sort(took.begin(), took.end());
      std::cout << "quarter " << i + 1 << ": " << took.size() << " calls, p50 "
                << took[took.size() / 2] << ", p99 " << took[took.size() * 99 / 100] << "\n";
    }
    const auto errors = std::count_if(answers_.begin(), answers_.end(),
                                      [](const Answer& answer) { return !answer.ok(); });
    std::map<std::pair<std::string, int64_t>, int> by_minute;
    for (const Answer& answer : answers_) {
      if (!answer.ok()) ++by_minute[{answer.error, absl::ToInt64Minutes(answer.asked - begun_)}];
    }
    for (const auto& [error, times] : by_minute) {
      std::cout << times << " x " << error.first << " in minute " << error.second << "\n";
    }
    std::cout << errors << " errors, " << counters().Refreshes() << " refreshes, each token "
              << "presented at most " << counters().MaxPresented() << " times\n";
    EXPECT_EQ(errors, 0);
    EXPECT_EQ(counters().MaxPresented(), 1u);
  }

  std::vector<GrantName> grants_;
  absl::Time begun_;
  std::vector<std::vector<Sample>> samples_;
  std::vector<Answer> answers_;
};

TEST_F(SoakRun, HoldsNoMoreInTheEndThanInTheBeginning) {
  StartFleet();
  Run();
  ReportMemory();
  ReportDescriptors();
  ReportLatency();
}

}  // namespace
}  // namespace tokenbroker
