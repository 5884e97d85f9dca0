// A fleet at steady load for DURATION seconds, on good days only: what each replica holds and how
// long its callers wait, sample by sample, and how much of that grows.
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "tests/chaos/fleet.h"
#include "tests/nemesis/callers.h"

namespace tokenbroker {
namespace {

constexpr int kReplicas = 3;
constexpr int kGrants = 1000;
constexpr int kSamples = 60;
// What is filled at the beginning: caches, pools, the allocator's own.
constexpr int kWarmUp = kSamples / 4;

// ProviderConfig's default.
constexpr double kMaxInFlight = 64;

struct Sample {
  absl::Time at;
  double resident_kib = 0;
  // Of these connections there are as many as the load of that moment needs.
  double provider_connections = 0;
  // All others.
  double descriptors = 0;
};

// What a link of /proc/PID/fd says of the sockets that are connected to that port.
std::set<std::string> SocketsTo(const std::string& process, int port) {
  std::set<std::string> sockets;
  std::ifstream table(process + "/net/tcp");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    const std::string& remote = fields[2];
    if (std::stoi(remote.substr(remote.find(':') + 1), nullptr, 16) != port) continue;
    sockets.insert("socket:[" + fields[9] + "]");
  }
  return sockets;
}

Sample Look(pid_t pid, int provider_port) {
  Sample sample;
  sample.at = absl::Now();
  const std::string process = "/proc/" + std::to_string(pid);
  std::ifstream status(process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) sample.resident_kib = std::stod(line.substr(6));
  }
  const std::set<std::string> to_provider = SocketsTo(process, provider_port);
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    std::error_code closed_meanwhile;
    const std::string what = std::filesystem::read_symlink(entry.path(), closed_meanwhile);
    if (closed_meanwhile) continue;
    ++(to_provider.contains(what) ? sample.provider_connections : sample.descriptors);
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
    const int port = std::stoi(provider().issuer().substr(provider().issuer().rfind(':') + 1));
    StopEvent never;
    samples_.resize(kReplicas);
    for (int i = 1; i <= kSamples; ++i) {
      never.StoppedWithin(begun_ + i * Length() / kSamples - absl::Now());
      for (size_t r = 0; r < kReplicas; ++r) samples_[r].push_back(Look(replica(r).pid(), port));
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

  void ReportDescriptors() {
    for (size_t r = 0; r < kReplicas; ++r) {
      const auto extremes = [&](int begin, int end, double Sample::* field) {
        const auto less = [field](const Sample& a, const Sample& b) { return a.*field < b.*field; };
        const auto [least, most] =
            std::minmax_element(samples_[r].begin() + begin, samples_[r].begin() + end, less);
        return std::make_pair((*least).*field, (*most).*field);
      };
      const double before = extremes(kWarmUp, kSamples / 2, &Sample::descriptors).first;
      const double after = extremes(kSamples * 3 / 4, kSamples, &Sample::descriptors).first;
      const double connections = extremes(0, kSamples, &Sample::provider_connections).second;
      std::cout << "replica " << r << ": " << before << " descriptors, later " << after
                << ", and at most " << connections << " connections to the provider\n";
      EXPECT_LT(after, 1.1 * before) << "descriptors grow";
      EXPECT_LE(connections, kMaxInFlight);
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
