// Herds: ten thousand callers who want one grant's token when it has expired, and ten thousand
// grants whose tokens expire in the same second while callers want them.
#include <absl/strings/str_cat.h>

#include "tests/bench/bench_fleet.h"
#include "tests/bench/bench_store.h"
#include "tests/bench/canned_provider.h"
#include "tests/bench/echo_process.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;

constexpr int kHerd = 10'000;
constexpr LoadShape kCallers = {50, kHerd / 50};
constexpr absl::Duration kLatency = absl::Seconds(1);
// What a caller may wait beyond what bare gRPC makes it wait.
constexpr absl::Duration kSlack = absl::Milliseconds(50);
constexpr absl::Duration kAhead = absl::Seconds(4);

class HerdBench : public BenchFleet {
 protected:
  HerdBench() {
    AddProviderYaml("    limits: { max_in_flight: 256 }\n");
    broker_ = &AddMeasured(Transport::kPlaintext);
    // The broker makes the store when it starts.
    LogIn("user-first");
    store_ = std::make_unique<BenchStore>(redis(), keyring_file());
    AnswerEverything(provider(), AccessToken());
  }
  uint64_t Refreshes() { return counters().Requests(Endpoint::kToken); }
  // Of the refresh tokens that were put: how often the one that came most.
  double MostPresented() {
    uint64_t most = 0;
    for (const auto& [token, counts] : counters().refresh_tokens) {
      if (token != CannedRefreshToken()) most = std::max(most, counts.presented);
    }
    return static_cast<double>(most);
  }
  void Put(int begin, int end, const BenchStore::Times& times) {
    std::vector<Grant> grants;
    for (int i = begin; i < end; ++i) {
      grants.push_back(BenchStore::MakeGrant(Subject(i), AccessToken(), times));
    }
    store_->Put(std::move(grants));
  }

  Replica* broker_ = nullptr;
  std::unique_ptr<BenchStore> store_;
};

TEST_F(HerdBench, OfCallersForOneGrant) {
  provider().Configure([](auto& settings) { settings.latency[Endpoint::kToken] = kLatency; });
  // Expired, and nobody refreshes it of himself.
  Put(0, kPairs + 1, {absl::Now() - absl::Seconds(1), absl::Now() + absl::Hours(1)});
  double most_refreshes = 0;
  std::string answer;
  int grant = 0;
  const auto ours = [&] {
    CallLoad load(broker_->address(), grpc::InsecureChannelCredentials(), kCallers,
                  Requests(grant, grant + 1), kAccessTokenBytes);
    ++grant;
    const uint64_t before = Refreshes();
    const ServedLoad served = Serve(broker_->pid(), [&] { return load.RunCalls(kHerd); });
    most_refreshes = std::max(most_refreshes, static_cast<double>(Refreshes() - before));
    answer = load.LastAnswer();
    return served;
  };
  // The first herd finds what is made once: memory, threads.
  ours();
  EchoProcess echo(folder(), answer, {absl::StrCat(absl::ToDoubleSeconds(kLatency))});
  const auto bare = [&] {
    CallLoad load(echo.address(), grpc::InsecureChannelCredentials(), kCallers, Requests(0, 1),
                  kAccessTokenBytes);
    return Serve(echo.pid(), [&] { return load.RunCalls(kHerd); });
  };
  bare();
  const auto pairs = Pairs<ServedLoad>::Take(ours, bare);
  const double p99 = pairs.Ours(&ServedLoad::p99_us) / 1e3;
  const double bare_p99 = pairs.Baseline(&ServedLoad::p99_us) / 1e3;
  Report({"herd/10000_callers/refreshes", most_refreshes, Exactly(1)});
  Report({"herd/10000_callers/p99_against_bare_herd_and_50_ms",
          p99 / (bare_p99 + absl::ToDoubleMilliseconds(kSlack)),
          AtMost(1),
          {{"p50_ms", pairs.Ours(&ServedLoad::p50_us) / 1e3},
           {"p99_ms", p99},
           {"bare_p50_ms", pairs.Baseline(&ServedLoad::p50_us) / 1e3},
           {"bare_p99_ms", bare_p99},
           {"latency_ms", absl::ToDoubleMilliseconds(kLatency)},
           {"cpu_us_per_caller", pairs.Ours(&ServedLoad::cpu_us)},
           {"bare_cpu_us_per_caller", pairs.Baseline(&ServedLoad::cpu_us)},
           {"rss_mib", static_cast<double>(ResidentBytesOf(broker_->pid())) / (1 << 20)}}});
}

TEST_F(HerdBench, OfGrantsThatExpireTogether) {
  const uint64_t earlier = Refreshes();
  const absl::Time expiry = absl::Now() + kAhead;
  Put(0, kHerd, {expiry, expiry - absl::Seconds(1)});
  StopEvent never;
  never.StoppedWithin(expiry - absl::Now());
  const uint64_t before = Refreshes() - earlier;
  const double cpu_before = CpuSecondsOf(broker_->pid());
  CallLoad load(broker_->address(), grpc::InsecureChannelCredentials(), {8, 32}, Requests(0, kHerd),
                kAccessTokenBytes);
  const absl::Time start = absl::Now();
  const LoadResult result = load.RunCalls(kHerd);
  EXPECT_TRUE(Eventually([&] { return Refreshes() - earlier >= kHerd; }, absl::Minutes(3)));
  const absl::Duration time = absl::Now() - start;
  Report({"herd/10000_grants/failed_calls", result.failures, Exactly(0)});
  Report({"herd/10000_grants/most_refreshes_of_one",
          MostPresented(),
          Exactly(1),
          {{"refreshes", static_cast<double>(Refreshes() - earlier)},
           {"refreshed_before_expiry", static_cast<double>(before)},
           {"callers_p50_ms", result.p50_us / 1e3},
           {"callers_p99_ms", result.p99_us / 1e3},
           {"seconds", absl::ToDoubleSeconds(time)},
           {"broker_cpu_s", CpuSecondsOf(broker_->pid()) - cpu_before}}});
}

}  // namespace
}  // namespace tokenbroker
