#include "redis/sentinel_finder.h"

#include "tests/redis/sentinel_test.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using Found = absl::StatusOr<RedisEndpoint>;

class SentinelFinderTest : public SentinelTest {
 protected:
  Found Find(SentinelFinder& finder) { return Await(Start(finder.Find(In(absl::Seconds(3))))); }
};

TEST_F(SentinelFinderTest, FindsWhatASentinelNames) {
  const Belief belief{7001, 1, {}};
  const auto sentinel = Sentinel(&belief);
  SentinelFinder finder(loop_, Options({sentinel->endpoint()}));
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7001");
  EXPECT_FALSE(loop_.NextTimer());
}

TEST_F(SentinelFinderTest, ASentinelThatWasCutOffIsNotBelieved) {
  const Belief stale{7001, 1, {}};
  const Belief fresh{7002, 2, {}};
  const auto one = Sentinel(&stale);
  const auto two = Sentinel(&fresh);
  const auto three = Sentinel(&stale);
  SentinelFinder finder(loop_, Options({one->endpoint(), two->endpoint(), three->endpoint()}));
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7002");
}

TEST_F(SentinelFinderTest, DeadSentinelsDoNotMatterAndSilentOnesOnlyForAMoment) {
  const Belief belief{7001, 1, {}};
  const auto alive = Sentinel(&belief);
  FakeServer silent(loop_, [](const std::vector<std::string>&) { return std::string(); });
  const RedisEndpoint dead{"127.0.0.1", static_cast<uint16_t>(FreePort()), ""};
  SentinelFinder finder(loop_, Options({dead, silent.endpoint(), alive->endpoint()}));
  const auto found = Start(finder.Find(In(absl::Seconds(3))));
  AwaitOutside([&] { return alive->seen().size() == 4; });
  AwaitOutside([&] { return loop_.NextTimer() && *loop_.NextTimer() < In(absl::Seconds(1)); });
  EXPECT_FALSE(found->has_value());
  Advance(absl::Milliseconds(100));
  EXPECT_EQ(ToString(*Await(found)), "127.0.0.1:7001");
}

TEST_F(SentinelFinderTest, AsksThoseThatTheSentinelsKnowOf) {
  const Belief second_belief{7002, 2, {}};
  const auto second = Sentinel(&second_belief);
  const Belief first_belief{7001, 1, {second->endpoint()}};
  auto first = Sentinel(&first_belief);
  SentinelFinder finder(loop_, Options({first->endpoint()}));
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7001");
  first.reset();
  EXPECT_EQ(ToString(*Find(finder)), "127.0.0.1:7002");
}

TEST_F(SentinelFinderTest, SaysWhatStandsInTheWay) {
  const Belief belief{7001, 1, {}};
  const auto sentinel = Sentinel(&belief);
  RedisOptions options = Options({sentinel->endpoint()});
  options.sentinel_primary = "other";
  SentinelFinder unknown(loop_, options);
  EXPECT_EQ(Find(unknown).status(),
            absl::UnavailableError("a sentinel does not know the primary's name"));
  const RedisEndpoint dead{"127.0.0.1", static_cast<uint16_t>(FreePort()), ""};
  SentinelFinder nobody(loop_, Options({dead}));
  EXPECT_EQ(Find(nobody).status(), absl::UnavailableError("Connection refused"));
}

TEST_F(SentinelFinderTest, SilentSentinelsAreGivenUpAtTheDeadline) {
  FakeServer silent(loop_, [](const std::vector<std::string>&) { return std::string(); });
  SentinelFinder finder(loop_, Options({silent.endpoint()}));
  const auto found = Start(finder.Find(In(absl::Seconds(2))));
  Advance(absl::Seconds(2));
  EXPECT_EQ((*found)->status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SentinelFinderTest, SentinelsHaveTheirOwnPassword) {
  const Belief belief{7001, 1, {}};
  const auto sentinel = Sentinel(&belief);
  RedisOptions options = Options({sentinel->endpoint()});
  options.user = "broker";
  options.password = [] { return Secret("broker-password"); };
  SentinelFinder without(loop_, options);
  EXPECT_TRUE(Find(without).ok());
  EXPECT_EQ(sentinel->seen().at(0), "INFO server");
  options.sentinel_user = "watcher";
  options.sentinel_password = [] { return Secret("sentinel"); };
  SentinelFinder with(loop_, options);
  EXPECT_TRUE(Find(with).ok());
  EXPECT_THAT(sentinel->seen(), testing::Contains("AUTH watcher sentinel"));
  EXPECT_THAT(sentinel->seen(), testing::Not(testing::Contains(HasSubstr("broker"))));
}

}  // namespace
}  // namespace tokenbroker
