// Serving: with a stream, without one, with a slow broker, and for many threads.
#include <atomic>
#include <thread>

#include "tests/client_library/keeper_test.h"

namespace tokenbroker::client {
namespace {

using TokenKeeperTest = KeeperTest;

TEST_F(TokenKeeperTest, ServesTheStreamsTokenWithoutACall) {
  StartWith(1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(TokenNow(), "token-1");
  EXPECT_EQ(keeper_->TokenIfFresh()->generation(), 1);
  link_->NthWatch(1).Say(MakeToken(2));
  EXPECT_EQ(TokenNow(), "token-2");
  EXPECT_EQ(link_->fetch_count(), 0u);
}

TEST_F(TokenKeeperTest, AsksAtOnceWhenNothingIsKnownAndAllWhoWaitShareTheCall) {
  Start();
  EXPECT_EQ(keeper_->TokenIfFresh(), nullptr);
  EXPECT_EQ(link_->fetch_count(), 0u);
  std::vector<std::future<Answer>> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(Ask());
  timers_->AwaitWaiters(8);
  EXPECT_EQ(link_->fetch_count(), 1u);
  link_->NthFetch(1).Answer(MakeToken(1));
  for (auto& answer : waiting) EXPECT_EQ(TextOf(answer.get()), "token-1");
  EXPECT_EQ(link_->fetch_count(), 1u);
}

TEST_F(TokenKeeperTest, WakesWhoWaitsWhenTheStreamIsQuickerThanTheCall) {
  Start();
  auto waiting = Ask();
  link_->NthFetch(1);
  link_->NthWatch(1).Say(MakeToken(1));
  EXPECT_EQ(TextOf(waiting.get()), "token-1");
  link_->NthFetch(1).Answer(MakeToken(1));
  EXPECT_EQ(TokenNow(), "token-1");
}

TEST_F(TokenKeeperTest, TakesNoOlderTokenThanItHas) {
  Start();
  auto waiting = Ask();
  link_->NthFetch(1);
  link_->NthWatch(1).Say(MakeToken(5));
  EXPECT_EQ(TextOf(waiting.get()), "token-5");
  link_->NthFetch(1).Answer(MakeToken(4));
  link_->NthWatch(1).Say(MakeToken(3));
  EXPECT_EQ(TokenNow(), "token-5");
}

TEST_F(TokenKeeperTest, GivesUpAtTheDeadlineAndKeepsTheAnswerForTheNext) {
  Start();
  auto impatient = Ask(timers_->Now() + absl::Seconds(2));
  timers_->AwaitWaiters(1);
  timers_->Advance(absl::Seconds(2));
  EXPECT_EQ(impatient.get().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(link_->NthFetch(1).cancelled);
  link_->NthFetch(1).Answer(MakeToken(1));
  EXPECT_EQ(TokenNow(), "token-1");
}

TEST_F(TokenKeeperTest, StopsServingALittleBeforeTheTokenExpires) {
  StartWith(1);
  timers_->Advance(absl::Hours(1) - absl::Seconds(6));
  EXPECT_EQ(TokenNow(), "token-1");
  timers_->Advance(absl::Seconds(1));
  EXPECT_EQ(keeper_->TokenIfFresh(), nullptr);
  auto waiting = Ask();
  link_->NthFetch(1).Answer(MakeToken(2));
  EXPECT_EQ(TextOf(waiting.get()), "token-2");
}

TEST_F(TokenKeeperTest, ServesATokenOfUnknownExpiryForEver) {
  Start();
  AccessToken::Facts facts;
  facts.generation = 1;
  link_->NthWatch(1).Say(std::make_shared<const AccessToken>("lasting", std::move(facts)));
  timers_->Advance(absl::Hours(10'000));
  EXPECT_EQ(TokenNow(), "lasting");
}

TEST_F(TokenKeeperTest, BelievesTheBrokerMoreThanItsOwnClock) {
  Start();
  auto waiting = Ask();
  link_->NthFetch(1).Answer(MakeToken(1, -absl::Minutes(10)));
  EXPECT_EQ(TextOf(waiting.get()), "token-1");
  EXPECT_EQ(keeper_->TokenIfFresh(), nullptr);
  auto next = Ask();
  link_->NthFetch(2).Answer(MakeToken(1, -absl::Minutes(10)));
  EXPECT_EQ(TextOf(next.get()), "token-1");
}

TEST_F(TokenKeeperTest, ServesManyReadersWhileTokensComeAndGo) {
  StartWith(1);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      int64_t newest = 0;
      while (!stop) {
        const Answer answer = keeper_->Token(absl::InfiniteFuture());
        ASSERT_TRUE(answer.ok()) << answer.status();
        EXPECT_GE((*answer)->generation(), newest);
        newest = (*answer)->generation();
      }
    });
  }
  for (int64_t generation = 2; generation < 500; ++generation) {
    if (generation % 3 == 0) keeper_->Rejected(generation - 1);
    link_->NthWatch(1).Say(MakeToken(generation));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(TokenKeeperTest, MayGoWhileCallersWait) {
  Start();
  auto waiting = Ask();
  timers_->AwaitWaiters(1);
  auto& fetch = link_->NthFetch(1);
  auto& watch = link_->NthWatch(1);
  keeper_->Close();
  keeper_.reset();
  EXPECT_EQ(waiting.get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(fetch.cancelled);
  EXPECT_TRUE(watch.cancelled);
  fetch.Answer(absl::CancelledError(""));
  watch.Say(MakeToken(1));
  watch.End(absl::CancelledError(""));
  timers_->Advance(absl::Hours(1));
  EXPECT_EQ(link_->watch_count(), 1u);
}

}  // namespace
}  // namespace tokenbroker::client
