#include "store/redis_upkeep.h"

#include "base/log.h"
#include "tests/store/contract_fixture.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

class RedisUpkeepTest : public StoreContract {
 protected:
  ~RedisUpkeepTest() override {
    server().Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    loop_.DropTasks();
  }
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }
  void StartIt() {
    server().Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    upkeep_.Start();
    Settle();
  }
  std::string Finding(const std::string& name) {
    return redis().first().MetricLines("tokenbroker_store_finding{finding=\"" + name + "\"}");
  }
  std::string Lines(const std::string& name) { return redis().first().MetricLines(name); }

  int unfit_ = 0;
  RedisUpkeep upkeep_{loop_,
                      redis().first().store,
                      redis().first().keyring,
                      RedisUpkeep::Missing::kRefuse,
                      1,
                      [this](absl::Status) { ++unfit_; }};
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisUpkeepTest, ::testing::Values(SharedRedis()));

TEST_P(RedisUpkeepTest, ShowsWhatTheServersLackAndLooksAgainAfterFiveMinutes) {
  StartIt();
  EXPECT_THAT(Finding("evicts_grants"), HasSubstr("} 0\n"));
  EXPECT_THAT(Finding("no_persistence"), HasSubstr("} 1\n"));
  EXPECT_THAT(Finding("few_replicas"), HasSubstr("} 1\n"));
  EXPECT_THAT(Finding("small_listpack"), HasSubstr("} 1\n"));
  EXPECT_THAT(Finding("silent"), HasSubstr("} 0\n"));
  server().Command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  Advance(absl::Minutes(4));
  EXPECT_THAT(Finding("evicts_grants"), HasSubstr("} 0\n"));
  Advance(absl::Minutes(2));
  EXPECT_THAT(Finding("evicts_grants"), HasSubstr("} 1\n"));
  server().Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  Advance(absl::Minutes(5));
  EXPECT_THAT(Finding("evicts_grants"), HasSubstr("} 0\n"));
  EXPECT_EQ(unfit_, 0);
}

TEST_P(RedisUpkeepTest, TellsOnceOfWhatItFindsAgainAndAgain) {
  SetLogLevel(LogLevel::kWarning);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  StartIt();
  Advance(absl::Hours(1));
  const std::string log =
      testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  SetLogLevel(LogLevel::kError);
  const std::string once = "neither an append-only file nor a replica";
  EXPECT_THAT(log, HasSubstr(once));
  EXPECT_EQ(log.find(once), log.rfind(once));
}

TEST_P(RedisUpkeepTest, CountsTheGrantsSoonAndThenNowAndThen) {
  LogIn();
  StartIt();
  Advance(absl::Minutes(1));
  EXPECT_THAT(Lines("tokenbroker_grants{"), HasSubstr("state=\"active\"} 1\n"));
  const std::string first = Lines("tokenbroker_grant_walk_time_seconds ");
  EXPECT_NE(first, "");
  Advance(absl::Minutes(7));
  EXPECT_NE(Lines("tokenbroker_grant_walk_time_seconds "), first);
}

}  // namespace
}  // namespace tokenbroker
