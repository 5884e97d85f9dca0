// What Token() costs when there is a good token: nanoseconds of CPU per call, at one and at two
// threads, beside the obvious way to share one (a mutex around a shared_ptr) on the same machine.
//
// The token comes from a broker in this process, once. CPU time, so that other programs on the
// machine do not count; a wait for a lock costs CPU only while it spins, so the wall time stands
// beside it.
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>
#include <pthread.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/bench/bench_line.h"
#include "tests/bench/pairs.h"
#include "tests/bench/process_cost.h"
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

double CpuNanoseconds() { return ThreadCpuSecondsOf(pthread_self()) * 1e9; }

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
    const auto pairs = Pairs<Cost>::Take([&] { return MeasureTogether(source, threads); },
                                         [&] { return MeasureTogether(shared, threads); }, kRounds);
    const std::string name = absl::StrCat("client/token/threads_", threads);
    Report({name + "/cpu_ns",
            pairs.Ours(&Cost::cpu),
            threads == 1 ? AtMost(100) : Target(),
            {{"wall_ns", pairs.Ours(&Cost::wall)}}});
    Report({name + "/cpu_against_a_mutex",
            pairs.Ratio(&Cost::cpu),
            {},
            {{"mutex_ns", pairs.Baseline(&Cost::cpu)},
             {"mutex_wall_ns", pairs.Baseline(&Cost::wall)}}});
  }
  return 0;
}

}  // namespace
}  // namespace tokenbroker::client

int main() { return tokenbroker::client::Run(); }
