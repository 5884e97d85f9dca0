// One noisy caller: it is slowed down, and nobody else is.
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <atomic>
#include <iostream>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;
using provider_simulator::Endpoint;
using provider_simulator::Settings;

constexpr char kQuiet[] = "spiffe://test.example/ns/music/sa/quiet";
constexpr int kFlooders = 16;

class QuotaTest : public BrokerProcessTest {
 protected:
  struct Flood {
    int64_t answers = 0;
    int64_t over_quota = 0;
    // Over quota, and not told when to call again.
    int64_t without_retry_info = 0;
    int64_t other = 0;
  };
  // What became of the player's calls, made by many threads without pause, while `meanwhile` ran.
  template <typename Meanwhile>
  Flood FloodWhile(const v1::GetFreshTokenRequest& request, Meanwhile meanwhile) {
    std::atomic<bool> stops{false};
    std::mutex mutex;
    Flood flood;
    std::vector<std::thread> threads;
    threads.reserve(kFlooders);
    for (int i = 0; i < kFlooders; ++i) {
      threads.emplace_back([&] {
        while (!stops) {
          const auto answer = GetToken(request);
          const std::lock_guard<std::mutex> lock(mutex);
          Count(answer, &flood);
        }
      });
    }
    meanwhile([&] {
      const std::lock_guard<std::mutex> lock(mutex);
      return flood;
    });
    stops = true;
    for (std::thread& thread : threads) thread.join();
    return flood;
  }
  static void Count(const Outcome<FreshToken>& answer, Flood* flood) {
    if (answer.ok()) {
      ++flood->answers;
    } else if (answer.error.reason == "QUOTA_EXCEEDED" &&
               answer.status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      ++flood->over_quota;
      if (!answer.error.has_retry_info || answer.error.pushback.empty()) {
        ++flood->without_retry_info;
      }
    } else {
      ++flood->other;
    }
  }

  // Another caller's calls, one after the other; it is not over its quota with them.
  void ExpectQuietCallsSucceed(int calls) {
    const auto quiet = CallerNamed(kQuiet);
    int failed = 0;
    std::vector<absl::Duration> times;
    for (int i = 0; i < calls; ++i) {
      const absl::Time start = absl::Now();
      if (!quiet->GetToken("quiet-1").ok()) ++failed;
      times.push_back(absl::Now() - start);
    }
    std::sort(times.begin(), times.end());
    std::cout << "the quiet caller: " << calls << " calls, " << failed << " failed, median "
              << times[times.size() / 2] << ", slowest " << times.back() << "\n";
    EXPECT_EQ(failed, 0);
  }
  void WriteRules() {
    WritePolicy(std::string(kPlayerPolicy) +
                "  - name: quiet\n"
                "    callers: [ \"spiffe://test.example/ns/music/sa/quiet\" ]\n"
                "    rpcs: [ GetFreshToken ]\n"
                "    providers: [ sim ]\n"
                "    subjects: [ \"quiet-*\" ]\n");
  }
};

TEST_F(QuotaTest, WhoCallsTooOftenIsToldWhenToCallAgainAndNobodyElseIs) {
  WriteRules();
  AddServerYaml("  quotas: { calls_per_second: 50, burst: 60 }\n");
  Start();
  LogIn();
  LogIn("quiet-1", "bob");
  absl::Time start = absl::Now();
  const Flood flood = FloodWhile(TokenRequest(), [&](auto so_far) {
    EXPECT_TRUE(Eventually([&] { return so_far().over_quota > 200; }));
    ExpectQuietCallsSucceed(60);
  });
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::cout << "the noisy one, in " << seconds << " s: " << flood.answers << " answers, "
            << flood.over_quota << " over quota\n";
  EXPECT_GT(flood.answers, 0);
  EXPECT_LE(static_cast<double>(flood.answers), 60 + 50 * seconds);
  EXPECT_EQ(flood.without_retry_info, 0);
  EXPECT_EQ(flood.other, 0);
  EXPECT_NE(MetricNow("tokenbroker_calls_over_quota_total"), "0");
}

TEST_F(QuotaTest, WhoWaitsTooMuchForASlowProviderTakesNobodyElsesPlace) {
  WriteRules();
  AddServerYaml("  quotas: { waiting_calls: 4 }\n");
  Start();
  LogIn("quiet-1", "bob");
  provider().Configure([](Settings& s) { s.access_token_lifetime = absl::Seconds(1); });
  LogIn();
  provider().Configure([](Settings& s) {
    s.access_token_lifetime = absl::Hours(1);
    s.latency[Endpoint::kToken] = absl::Seconds(3);
  });
  v1::GetFreshTokenRequest needs_refresh = TokenRequest();
  *needs_refresh.mutable_min_ttl() = TimeUtil::SecondsToDuration(600);
  // A token that was just made is not refreshed, whoever asks.
  while (provider().counters().Refreshes() == 0) {
    GetToken(needs_refresh, absl::Milliseconds(200));
  }
  const Flood flood = FloodWhile(needs_refresh, [&](auto so_far) {
    EXPECT_TRUE(Eventually([&] { return so_far().over_quota > 20; }));
    ExpectQuietCallsSucceed(40);
    EXPECT_TRUE(Eventually([&] { return so_far().answers > 0; }));
  });
  std::cout << "the noisy one: " << flood.answers << " answers, " << flood.over_quota
            << " over quota, " << provider().counters().Refreshes() << " refreshes\n";
  EXPECT_GT(flood.over_quota, 0);
  EXPECT_EQ(flood.without_retry_info, 0);
  EXPECT_EQ(flood.other, 0);
  EXPECT_EQ(provider().counters().Refreshes(), 1u);
}

}  // namespace
}  // namespace tokenbroker
