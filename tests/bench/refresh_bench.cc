// How many grants a core refreshes in a second, all layers on, against a bare loop of libcurl that
// posts the same forms to the same server: grants per second of the broker's CPU time.
#include "tests/bench/bench_fleet.h"
#include "tests/bench/bench_store.h"
#include "tests/bench/canned_provider.h"
#include "tests/bench/curl_posts.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;

constexpr int kGrants = 2000;
constexpr int kInFlight = 64;
// From before the grants of a turn are put until the first is due.
constexpr absl::Duration kAhead = absl::Seconds(2);
// On a busy machine.
constexpr absl::Duration kPatience = absl::Minutes(3);

struct Cost {
  double per_cpu_second = 0;
  double cpu_us = 0;
  double per_second = 0;
};

Cost CostOf(double cpu_seconds, absl::Duration time) {
  return {kGrants / cpu_seconds, cpu_seconds / kGrants * 1e6,
          kGrants / absl::ToDoubleSeconds(time)};
}

class RefreshBench : public BenchFleet {
 protected:
  RefreshBench() {
    AddProviderYaml("    limits: { max_in_flight: " + std::to_string(kInFlight) + " }\n");
    broker_ = &AddMeasured(Transport::kPlaintext);
    // The broker makes the store when it starts.
    LogIn("user-first");
    store_ = std::make_unique<BenchStore>(redis(), keyring_file());
    AnswerEverything(provider(), AccessToken());
  }

  // Grants that nobody has seen, all due at the same moment.
  Cost RefreshSome() {
    const absl::Time due = absl::Now() + kAhead;
    std::vector<Grant> grants;
    for (int i = 0; i < kGrants; ++i) {
      grants.push_back(
          BenchStore::MakeGrant(Subject(next_++), AccessToken(), {due + absl::Minutes(5), due}));
    }
    store_->Put(std::move(grants));
    const uint64_t before = counters().Requests(Endpoint::kToken);
    StopEvent never;
    never.StoppedWithin(due - absl::Now());
    const double cpu = CpuSecondsOf(broker_->pid());
    const absl::Time start = absl::Now();
    EXPECT_TRUE(Eventually(
        [&] { return counters().Requests(Endpoint::kToken) >= before + kGrants; }, kPatience));
    const absl::Duration time = absl::Now() - start;
    // The last answers are stored.
    never.StoppedWithin(absl::Milliseconds(100));
    EXPECT_EQ(counters().Requests(Endpoint::kToken), before + kGrants);
    return CostOf(CpuSecondsOf(broker_->pid()) - cpu, time);
  }

  Cost PostSome(CurlPosts& posts) {
    const double cpu = ThreadCpuSecondsOf(pthread_self());
    const absl::Time start = absl::Now();
    posts.Run(kGrants);
    return CostOf(ThreadCpuSecondsOf(pthread_self()) - cpu, absl::Now() - start);
  }

 private:
  Replica* broker_ = nullptr;
  std::unique_ptr<BenchStore> store_;
  int next_ = 0;
};

TEST_F(RefreshBench, AgainstABareCurlLoop) {
  CurlPosts posts(provider().token_endpoint(), "client:secret",
                  "grant_type=refresh_token&refresh_token=rt-" + std::string(128, 'r'), kInFlight);
  RefreshSome();
  PostSome(posts);
  const auto pairs =
      Pairs<Cost>::Take([&] { return RefreshSome(); }, [&] { return PostSome(posts); });
  Report({"refresh/per_cpu_second",
          pairs.Ratio(&Cost::per_cpu_second),
          AtLeast(0.5),
          {{"broker", pairs.Ours(&Cost::per_cpu_second)},
           {"curl", pairs.Baseline(&Cost::per_cpu_second)},
           {"broker_us", pairs.Ours(&Cost::cpu_us)},
           {"curl_us", pairs.Baseline(&Cost::cpu_us)},
           {"broker_per_second", pairs.Ours(&Cost::per_second)},
           {"curl_per_second", pairs.Baseline(&Cost::per_second)}}});
}

}  // namespace
}  // namespace tokenbroker
