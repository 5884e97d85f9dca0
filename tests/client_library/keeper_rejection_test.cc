// What follows a 401.
#include "tests/client_library/keeper_test.h"

namespace tokenbroker::client {
namespace {

using KeeperRejectionTest = KeeperTest;

TEST_F(KeeperRejectionTest, SixtyFourThreadsThatSawA401ShareOneCall) {
  StartWith(7);
  std::vector<std::future<Answer>> waiting;
  for (int i = 0; i < 64; ++i) {
    waiting.push_back(std::async(std::launch::async, [this] {
      keeper_->Rejected(7);
      return keeper_->Token(absl::InfiniteFuture());
    }));
  }
  timers_->AwaitWaiters(64);
  EXPECT_EQ(link_->NthFetch(1).rejected_generation, 7);
  link_->NthFetch(1).Answer(MakeToken(8));
  for (auto& answer : waiting) EXPECT_EQ(TextOf(answer.get()), "token-8");
  EXPECT_EQ(link_->fetch_count(), 1u);
}

TEST_F(KeeperRejectionTest, ALateComplaintAboutAnOlderTokenChangesNothing) {
  StartWith(7);
  link_->NthWatch(1).Say(MakeToken(8));
  keeper_->Rejected(7);
  keeper_->Rejected(9);
  EXPECT_EQ(TokenNow(), "token-8");
}

TEST_F(KeeperRejectionTest, TheStreamsNewerTokenEndsTheWait) {
  StartWith(7);
  keeper_->Rejected(7);
  auto waiting = Ask();
  link_->NthFetch(1);
  link_->NthWatch(1).Say(MakeToken(7));
  link_->NthWatch(1).Say(MakeToken(8));
  EXPECT_EQ(TextOf(waiting.get()), "token-8");
}

TEST_F(KeeperRejectionTest, ACallThatKnewNothingOfTheRejectionIsFollowedByOneThatDoes) {
  options_.upkeep = Upkeep::kAsking;
  Start();
  auto first = Ask();
  link_->NthFetch(1).Answer(MakeToken(7));
  EXPECT_EQ(TextOf(first.get()), "token-7");
  timers_->Advance(absl::Minutes(51));
  EXPECT_EQ(link_->NthFetch(2).rejected_generation, 0);
  keeper_->Rejected(7);
  auto waiting = Ask();
  timers_->AwaitWaiters(1);
  link_->NthFetch(2).Answer(MakeToken(7));
  EXPECT_EQ(link_->NthFetch(3).rejected_generation, 7);
  link_->NthFetch(3).Answer(MakeToken(8));
  EXPECT_EQ(TextOf(waiting.get()), "token-8");
}

TEST_F(KeeperRejectionTest, ABrokerThatGivesTheRejectedTokenAgainIsNotAskedInAStorm) {
  StartWith(7);
  keeper_->Rejected(7);
  auto waiting = Ask(timers_->Now() + absl::Minutes(2));
  link_->NthFetch(1).Answer(MakeToken(7));
  // The next try comes by a timer alone.
  timers_->AwaitWaiters(1);
  for (size_t n = 2; n < 5; ++n) {
    timers_->Advance(absl::Seconds(30));
    link_->NthFetch(n).Answer(MakeToken(7));
  }
  EXPECT_EQ(link_->fetch_count(), 4u);
  timers_->Advance(absl::Seconds(30));
  EXPECT_EQ(waiting.get().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(KeeperRejectionTest, ForgetsAGenerationThatARestoredStoreKnowsNothingOf) {
  StartWith(7);
  keeper_->Rejected(7);
  auto waiting = Ask(timers_->Now() + absl::Minutes(1));
  BrokerError error;
  error.reason = "GENERATION_UNKNOWN";
  link_->NthFetch(1).Answer(WithBrokerError(absl::InvalidArgumentError("newer"), error));
  timers_->AwaitWaiters(1);
  timers_->Advance(absl::Seconds(1));
  EXPECT_EQ(link_->NthFetch(2).rejected_generation, 0);
  link_->NthFetch(2).Answer(MakeToken(5));
  EXPECT_EQ(TextOf(waiting.get()), "token-5");
}

TEST_F(KeeperRejectionTest, ATokenThatKeepsBeingRejectedIsNotAskedForBeforeItsTime) {
  StartWith(7);
  keeper_->Rejected(7);
  auto waiting = Ask();
  BrokerError error;
  error.reason = "TOKEN_KEEPS_BEING_REJECTED";
  error.retry_delay = absl::Seconds(20);
  link_->NthFetch(1).Answer(WithBrokerError(absl::FailedPreconditionError("so young"), error));
  EXPECT_EQ(BrokerErrorIn(waiting.get().status()).reason, "TOKEN_KEEPS_BEING_REJECTED");
  timers_->Advance(absl::Seconds(19));
  EXPECT_EQ(ReasonNow(), "TOKEN_KEEPS_BEING_REJECTED");
  EXPECT_EQ(link_->fetch_count(), 1u);
  timers_->Advance(absl::Seconds(1));
  auto again = Ask();
  link_->NthFetch(2).Answer(MakeToken(8));
  EXPECT_EQ(TextOf(again.get()), "token-8");
}

}  // namespace
}  // namespace tokenbroker::client
