// Many callers on short tokens: the promises counted. TB_RUN_SECONDS makes the run longer.
#include <google/protobuf/util/time_util.h>
#include <stdlib.h>

#include <atomic>
#include <iostream>
#include <set>
#include <thread>

#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;

absl::Duration RunTime() {
  const char* text = getenv("TB_RUN_SECONDS");
  return absl::Seconds(text == nullptr ? 5 : atoi(text));
}

class ManyCallersTest : public BrokerProcessTest {};

TEST_F(ManyCallersTest, ThirtyTwoCallersOnTwoSecondTokensSeeNoErrorAndNoShortToken) {
  constexpr int kCallers = 32;
  constexpr absl::Duration kMinTtl = absl::Milliseconds(500);
  provider().Configure(
      [](provider_simulator::Settings& s) { s.access_token_lifetime = absl::Seconds(2); });
  Start();
  LogIn();
  v1::GetFreshTokenRequest request = TokenRequest();
  *request.mutable_min_ttl() = TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(kMinTtl));

  std::atomic<int64_t> answers{0};
  std::atomic<int64_t> errors{0};
  std::atomic<int64_t> too_short{0};
  std::mutex mutex;
  std::set<int64_t> generations;
  const absl::Time end = absl::Now() + RunTime();
  std::vector<std::thread> callers;
  callers.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      int64_t seen = 0;
      while (absl::Now() < end) {
        const absl::Time asked = absl::Now();
        const auto answer = GetToken(request);
        if (!answer.ok()) {
          ++errors;
          continue;
        }
        ++answers;
        const v1::AccessToken& token = answer.response.token();
        const absl::Time expires =
            absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(token.expire_time()));
        if (expires - asked < kMinTtl) ++too_short;
        if (token.generation() == seen) continue;
        seen = token.generation();
        const std::lock_guard<std::mutex> lock(mutex);
        generations.insert(seen);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  const auto counters = provider().counters();
  std::cout << answers << " answers, " << errors << " errors, " << too_short
            << " with less than min_ttl left, " << generations.size() << " generations, "
            << counters.Refreshes() << " refreshes, each token presented at most "
            << counters.MaxPresented() << " times\n";
  EXPECT_GT(answers, 0);
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(too_short, 0);
  EXPECT_EQ(counters.MaxPresented(), 1u);
  EXPECT_EQ(counters.MaxConcurrent(), 1u);
  EXPECT_GE(counters.Refreshes(), 2u);
  EXPECT_EQ(Terminate(), 0);
}

}  // namespace
}  // namespace tokenbroker
