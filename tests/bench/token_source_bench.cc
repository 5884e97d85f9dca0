// What Token() costs when there is a good token: nanoseconds of CPU per call, at one and at two
// threads, beside the obvious way to share one (a mutex around a shared_ptr) on the same machine.
//
// The token comes from a broker in this process, once. CPU time, so that other programs on the
// machine do not count; a wait for a lock costs CPU only while it spins, so the wall time stands
// beside it.
#include <absl/time/clock.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/client_library/fake_broker.h"
#include "tokenbroker/client/channel.h"
#include "tokenbroker/client/token_source.h"

namespace tokenbroker::client {
namespace {

constexpr int kCalls = 200'000;
constexpr int kRounds = 25;

// One token for everybody, as one would write it.
class SharedToken {
 public:
  explicit SharedToken(AccessTokenPtr token) : token_(std::move(token)) {}

  absl::StatusOr<AccessTokenPtr> Token() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (absl::Now() >= token_->expire_time()) return absl::UnavailableError("it has expired");
    return token_;
  }

 private:
  std::mutex mutex_;
  const AccessTokenPtr token_;
};

double CpuNanoseconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

struct Cost {
  double cpu = 0;
  double wall = 0;
};

// Of one thread's calls.
template <typename Source>
Cost Measure(Source& source) {
  const double cpu = CpuNanoseconds();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kCalls; ++i) {
    if (!source.Token().ok()) std::abort();
  }
  const std::chrono::duration<double, std::nano> wall = std::chrono::steady_clock::now() - begin;
  return {(CpuNanoseconds() - cpu) / kCalls, wall.count() / kCalls};
}

// The mean of `threads` that call at once.
template <typename Source>
Cost MeasureTogether(Source& source, size_t threads) {
  std::vector<Cost> costs(threads);
  std::vector<std::thread> callers;
  callers.reserve(threads);
  for (Cost& cost : costs) callers.emplace_back([&] { cost = Measure(source); });
  for (std::thread& caller : callers) caller.join();
  Cost mean;
  for (const Cost& cost : costs) {
    mean.cpu += cost.cpu / static_cast<double>(threads);
    mean.wall += cost.wall / static_cast<double>(threads);
  }
  return mean;
}

double Median(std::vector<Cost>& costs, double Cost::* what) {
  std::sort(costs.begin(), costs.end(),
            [what](const Cost& a, const Cost& b) { return a.*what < b.*what; });
  return costs[costs.size() / 2].*what;
}

int Run() {
  FakeBroker broker;
  broker.SetAnswer(grpc::Status::OK, FakeBroker::Token(1));
  ChannelOptions options;
  options.target = broker.address();
  TokenSourceOptions grant;
  grant.provider = "spotify";
  grant.subject = "user-42";
  TokenSource source(*CreateChannel(options), grant);
  SharedToken shared(*source.Token());
  for (const size_t threads : {size_t{1}, size_t{2}}) {
    std::vector<Cost> ours;
    std::vector<Cost> baseline;
    // In turns, so that whatever else the machine does falls on both alike.
    for (int round = 0; round < kRounds; ++round) {
      ours.push_back(MeasureTogether(source, threads));
      baseline.push_back(MeasureTogether(shared, threads));
    }
    std::printf(
        "Token(), %zu thread%s: %.0f ns of CPU (%.0f ns of wall time); "
        "mutex around a shared_ptr: %.0f ns (%.0f ns); ratio %.2f\n",
        threads, threads == 1 ? "" : "s", Median(ours, &Cost::cpu), Median(ours, &Cost::wall),
        Median(baseline, &Cost::cpu), Median(baseline, &Cost::wall),
        Median(ours, &Cost::cpu) / Median(baseline, &Cost::cpu));
  }
  return 0;
}

}  // namespace
}  // namespace tokenbroker::client

int main() { return tokenbroker::client::Run(); }
