// The broker's bad days: streams that end, calls that fail, brokers without streams.
#include "tests/client_library/keeper_test.h"

namespace tokenbroker::client {
namespace {

using KeeperOutageTest = KeeperTest;

const absl::Status kAway = absl::UnavailableError("no connection");

TEST_F(KeeperOutageTest, ResumesACutStreamFromTheGenerationItKnows) {
  StartWith(7);
  EXPECT_EQ(link_->NthWatch(1).known_generation, 0);
  link_->NthWatch(1).End(kAway);
  EXPECT_EQ(TokenNow(), "token-7");
  timers_->Advance(absl::Seconds(1));
  EXPECT_EQ(link_->NthWatch(2).known_generation, 7);
  link_->NthWatch(2).Say(MakeToken(8));
  link_->NthWatch(1).Say(MakeToken(99));
  EXPECT_EQ(TokenNow(), "token-8") << "an ended stream says nothing";
  EXPECT_EQ(link_->fetch_count(), 0u);
}

TEST_F(KeeperOutageTest, ReconnectsLessAndLessOftenButAtLeastOnceAMinute) {
  StartWith(7);
  for (size_t n = 1; n <= 20; ++n) {
    link_->NthWatch(n).End(kAway);
    timers_->Advance(absl::Minutes(1));
  }
  EXPECT_EQ(link_->watch_count(), 21u);
  link_->NthWatch(21).Say(MakeToken(8));
  link_->NthWatch(21).End(kAway);
  timers_->Advance(absl::Seconds(1));
  EXPECT_EQ(link_->watch_count(), 22u) << "a stream that spoke is resumed soon";
}

TEST_F(KeeperOutageTest, AsksWhenTheRefreshIsDueWhileThereIsNoStream) {
  StartWith(7);
  link_->NthWatch(1).End(absl::UnimplementedError("later"));
  timers_->Advance(absl::Minutes(50) - absl::Seconds(1));
  EXPECT_EQ(link_->fetch_count(), 0u);
  timers_->Advance(absl::Minutes(1) + absl::Seconds(1));
  link_->NthFetch(1).Answer(MakeToken(8));
  EXPECT_EQ(TokenNow(), "token-8");
  EXPECT_EQ(link_->fetch_count(), 1u);
}

TEST_F(KeeperOutageTest, ABrokerWithoutStreamsIsTriedAgainNowAndThen) {
  Start();
  link_->NthWatch(1).End(absl::UnimplementedError("later"));
  timers_->Advance(absl::Minutes(9));
  EXPECT_EQ(link_->watch_count(), 1u);
  timers_->Advance(absl::Minutes(1));
  EXPECT_EQ(link_->watch_count(), 2u);
}

TEST_F(KeeperOutageTest, AsksNotAtAllWhileTheStreamIsUpThoughItSaysNothing) {
  StartWith(7);
  link_->NthWatch(1).End(kAway);
  timers_->Advance(absl::Seconds(1));
  link_->NthWatch(2).Say(WatchAccepted());
  timers_->Advance(absl::Minutes(58));
  EXPECT_EQ(link_->fetch_count(), 0u);
}

TEST_F(KeeperOutageTest, AsksAgainSoonerAndSoonerForATokenWhoseSuccessorIsLate) {
  options_.upkeep = Upkeep::kAsking;
  Start();
  auto waiting = Ask();
  link_->NthFetch(1).Answer(MakeToken(7));
  EXPECT_EQ(TextOf(waiting.get()), "token-7");
  const AccessTokenPtr same = MakeToken(7);
  size_t calls = 1;
  for (int minute = 0; minute < 59; ++minute) {
    timers_->Advance(absl::Minutes(1));
    if (link_->fetch_count() > calls) link_->NthFetch(++calls).Answer(same);
  }
  EXPECT_GE(calls, 6u);
  EXPECT_LE(calls, 10u);
  EXPECT_EQ(link_->watch_count(), 0u);
}

TEST_F(KeeperOutageTest, ServesTheGoodTokenWhileTheBrokerIsAway) {
  StartWith(7);
  link_->NthWatch(1).End(kAway);
  size_t watches = 1;
  size_t fetches = 0;
  for (int second = 0; second < 3590; ++second) {
    timers_->Advance(absl::Seconds(1));
    if (link_->watch_count() > watches) link_->NthWatch(++watches).End(kAway);
    if (link_->fetch_count() > fetches) link_->NthFetch(++fetches).Answer(kAway);
    ASSERT_EQ(TokenNow(), "token-7");
  }
  EXPECT_GT(fetches, 3u);
  EXPECT_LT(fetches, 100u);
  EXPECT_GT(watches, 30u);
}

TEST_F(KeeperOutageTest, WaitsOutAFailureThatMayPass) {
  Start();
  auto waiting = Ask(timers_->Now() + absl::Minutes(1));
  link_->NthFetch(1).Answer(kAway);
  timers_->AwaitWaiters(1);
  timers_->Advance(absl::Seconds(1));
  link_->NthFetch(2).Answer(MakeToken(1));
  EXPECT_EQ(TextOf(waiting.get()), "token-1");
}

TEST_F(KeeperOutageTest, SaysWhyAtTheDeadlineAndDoesNotWaitWhenNothingComesBeforeIt) {
  Start();
  auto waiting = Ask(timers_->Now() + absl::Seconds(10));
  BrokerError error;
  error.reason = "PROVIDER_THROTTLED";
  error.retry_delay = absl::Seconds(60);
  link_->NthFetch(1).Answer(WithBrokerError(absl::UnavailableError("patience"), error));
  EXPECT_EQ(BrokerErrorIn(waiting.get().status()).reason, "PROVIDER_THROTTLED");
  EXPECT_EQ(BrokerErrorIn(keeper_->Token().status()).reason, "PROVIDER_THROTTLED");
  EXPECT_EQ(link_->fetch_count(), 1u);
  timers_->Advance(absl::Seconds(60));
  EXPECT_EQ(link_->fetch_count(), 2u);
}

}  // namespace
}  // namespace tokenbroker::client
