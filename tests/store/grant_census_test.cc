#include "store/grant_census.h"

#include <absl/strings/str_cat.h>

#include "store/redis_keys.h"
#include "tests/store/contract_fixture.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GrantCensusTest : public StoreContract {
 protected:
  RedisUnderTest& redis() { return static_cast<RedisUnderTest&>(*store_); }
  RedisServer& server() { return redis().server(); }
  void Import(const std::string& subject, absl::optional<absl::Duration> left,
              const std::string& provider = "spotify") {
    Grant grant = SampleGrant();
    grant.key.subject = subject;
    grant.key.provider = provider;
    grant.reauthorize_at = absl::nullopt;
    if (left) grant.reauthorize_at = Now() + *left;
    ASSERT_EQ(PutOf(PutKind::kImport, "import", NowMs(), grant).outcome, Put::kStored);
  }
  std::string Grants() { return redis().first().MetricLines("tokenbroker_grants{"); }
  std::string ByReauthorization() {
    return redis().first().MetricLines("tokenbroker_grants_by_reauthorization{");
  }

  absl::Status Count() { return Do(census_.Run()); }
  GrantCensus census_{redis().first().store.parts(), absl::Milliseconds(10)};
};
INSTANTIATE_TEST_SUITE_P(Redis, GrantCensusTest, ::testing::Values(SharedRedis(), SharedCluster()));

TEST_P(GrantCensusTest, CountsGrantsByProviderAndState) {
  for (int i = 0; i < 3; ++i) Import(absl::StrCat("s", i), absl::nullopt);
  Import("other", absl::nullopt, "other");
  for (const auto& [subject, kind] :
       {std::pair("revoked", PutKind::kRevoke), std::pair("deleted", PutKind::kDelete)}) {
    Import(subject, absl::nullopt);
    Grant grant = SampleGrant();
    grant.key.subject = subject;
    PutOf(kind, subject, 0, grant);
  }
  ASSERT_TRUE(Count().ok());
  EXPECT_THAT(Grants(), HasSubstr("provider=\"spotify\",state=\"active\"} 3\n"));
  EXPECT_THAT(Grants(), HasSubstr("provider=\"spotify\",state=\"revoked\"} 1\n"));
  EXPECT_THAT(Grants(), HasSubstr("provider=\"spotify\",state=\"reauthorization_required\"} 0\n"));
  EXPECT_THAT(Grants(), HasSubstr("provider=\"other\",state=\"active\"} 1\n"));
  EXPECT_THAT(Grants(), Not(HasSubstr("deleted")));
}

TEST_P(GrantCensusTest, CountsDeadGrantsAsSuch) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  FailRequest fail;
  fail.key = key_;
  fail.attempt = "a";
  fail.parent = begun.grant->refresh_token_generation;
  fail.outcome = Delivery::kAnswered;
  fail.error_class = ErrorClass::kGrantDead;
  fail.cause = StateReason::kProviderSaysDead;
  ASSERT_EQ(Do(grants().Fail(fail)).outcome, FailAnswer::Outcome::kOk);
  ASSERT_TRUE(Count().ok());
  EXPECT_THAT(Grants(), HasSubstr("state=\"active\"} 0\n"));
  EXPECT_THAT(Grants(), HasSubstr("state=\"reauthorization_required\"} 1\n"));
}

TEST_P(GrantCensusTest, CountsActiveGrantsByWhenTheirUsersMustLogInAgain) {
  constexpr absl::Duration kDay = absl::Hours(24);
  Import("over", -kDay);
  Import("today", kDay / 2);
  Import("this-week", 2 * kDay);
  Import("this-month", 30 * kDay);
  Import("this-quarter", 31 * kDay);
  Import("next-year", 400 * kDay);
  Import("unknown", absl::nullopt);
  Import("revoked", kDay / 2);
  Grant grant = SampleGrant();
  grant.key.subject = "revoked";
  PutOf(PutKind::kRevoke, "revoke", 0, grant);
  ASSERT_TRUE(Count().ok());
  const std::string lines = ByReauthorization();
  EXPECT_THAT(lines, HasSubstr("within=\"1d\"} 2\n"));
  EXPECT_THAT(lines, HasSubstr("within=\"7d\"} 1\n"));
  EXPECT_THAT(lines, HasSubstr("within=\"30d\"} 1\n"));
  EXPECT_THAT(lines, HasSubstr("within=\"90d\"} 1\n"));
  EXPECT_THAT(lines, HasSubstr("within=\"later\"} 1\n"));
  EXPECT_THAT(lines, HasSubstr("within=\"unknown\"} 1\n"));
}

TEST_P(GrantCensusTest, CountsMoreThanOneScriptTakesOf) {
  // In one shard there are more than two hundred of these.
  const int shard = 7;
  int imported = 0;
  for (int i = 0; imported < 450; ++i) {
    const std::string subject = absl::StrCat("s", i);
    if (ShardOf({"default", "spotify", subject}, kDefaultShards) != shard) continue;
    const std::string member = MemberOf({"default", "spotify", subject});
    server().Command({"HSET", absl::StrCat("tb:{7}:grant:", member), "state", "active"});
    server().Command({"ZADD", DueKey(shard, "spotify"), absl::StrCat(i), member});
    ++imported;
  }
  server().Command({"SADD", ProvidersKey(shard), "spotify"});
  ASSERT_TRUE(Count().ok());
  EXPECT_THAT(Grants(), HasSubstr("provider=\"spotify\",state=\"active\"} 450\n"));
}

TEST_P(GrantCensusTest, AProviderWhoseGrantsAreGoneHasNone) {
  Import("s", absl::nullopt, "other");
  ASSERT_TRUE(Count().ok());
  EXPECT_THAT(Grants(), HasSubstr("provider=\"other\",state=\"active\"} 1\n"));
  for (int shard = 0; shard < kDefaultShards; ++shard) {
    server().Command({"DEL", ProvidersKey(shard)});
  }
  ASSERT_TRUE(Count().ok());
  EXPECT_THAT(Grants(), HasSubstr("provider=\"other\",state=\"active\"} 0\n"));
}

TEST_P(GrantCensusTest, OneThatIsBrokenOffShowsTheOneBefore) {
  Import("s", absl::nullopt);
  ASSERT_TRUE(Count().ok());
  const std::string time = redis().first().MetricLines("tokenbroker_grant_walk_time_seconds ");
  EXPECT_EQ(time, absl::StrCat("tokenbroker_grant_walk_time_seconds ",
                               absl::ToUnixSeconds(clock_.TimeNow()), "\n"));
  Import("s2", absl::nullopt);
  Advance(absl::Minutes(1));
  server().Command({"DEL", MetaKey(63)});
  EXPECT_FALSE(Count().ok());
  EXPECT_THAT(Grants(), HasSubstr("state=\"active\"} 1\n"));
  EXPECT_EQ(redis().first().MetricLines("tokenbroker_grant_walk_time_seconds "), time);
}

TEST(PauseAfterCountTest, AFleetCountsEveryFiveMinutesAndAThirdOfTheTimeAtMost) {
  EXPECT_EQ(PauseAfterCount(absl::Seconds(1), 1), absl::Minutes(5));
  EXPECT_EQ(PauseAfterCount(absl::Seconds(150), 3), absl::Minutes(15));
  EXPECT_EQ(PauseAfterCount(absl::Minutes(20), 3), absl::Minutes(120));
  EXPECT_EQ(PauseAfterCount(absl::Seconds(1), 0), absl::Minutes(5)) << "nobody was heard of yet";
}

}  // namespace
}  // namespace tokenbroker
