// Grants that yield no token.
#include "tests/client_library/keeper_test.h"

namespace tokenbroker::client {
namespace {

class KeeperRefusalTest : public KeeperTest {
 protected:
  void Say(v1::GrantState state, int64_t generation, const std::string& reason = "") {
    link_->NthWatch(1).Say(GrantStatus{state, reason, generation});
  }
  static absl::Status Dead() {
    BrokerError error;
    error.reason = "REAUTHORIZATION_REQUIRED";
    error.metadata["cause"] = "provider_says_dead";
    return WithBrokerError(absl::FailedPreconditionError("dead"), error);
  }
};

TEST_F(KeeperRefusalTest, ServesADeadGrantsTokenToItsEndAndThenRefusesWithoutACall) {
  StartWith(7);
  Say(v1::GRANT_STATE_REAUTHORIZATION_REQUIRED, 7, "provider_says_dead");
  EXPECT_EQ(TokenNow(), "token-7");
  timers_->Advance(absl::Hours(2));
  for (int i = 0; i < 100; ++i) {
    const auto login = ReauthorizationRequiredIn(keeper_->Token().status());
    ASSERT_TRUE(login);
    EXPECT_EQ(login->provider, "spotify");
    EXPECT_EQ(login->subject, "user-42");
    EXPECT_EQ(login->cause, "provider_says_dead");
  }
  EXPECT_EQ(link_->fetch_count(), 0u);
  link_->NthWatch(1).Say(MakeToken(9));
  EXPECT_EQ(TokenNow(), "token-9");
}

TEST_F(KeeperRefusalTest, AsksAgainAfterABoundedTimeWhenNoStreamWouldSayThatItIsOver) {
  StartWith(7);
  Say(v1::GRANT_STATE_REAUTHORIZATION_REQUIRED, 7);
  timers_->Advance(absl::Hours(2));
  link_->NthWatch(1).End(absl::UnavailableError("cut"));
  EXPECT_EQ(ReasonNow(), "REAUTHORIZATION_REQUIRED");
  EXPECT_EQ(link_->fetch_count(), 0u);
  timers_->Advance(absl::Seconds(5));
  auto waiting = Ask();
  link_->NthFetch(1).Answer(MakeToken(8));
  EXPECT_EQ(TextOf(waiting.get()), "token-8");
  EXPECT_EQ(link_->NthWatch(2).known_generation, 0) << "it wants to hear the present state";
}

TEST_F(KeeperRefusalTest, RemembersACallsRefusalForABoundedTime) {
  Start();
  auto waiting = Ask();
  link_->NthFetch(1).Answer(Dead());
  const auto login = ReauthorizationRequiredIn(waiting.get().status());
  ASSERT_TRUE(login);
  EXPECT_EQ(login->subject, "user-42");
  timers_->Advance(absl::Seconds(4));
  EXPECT_EQ(ReasonNow(), "REAUTHORIZATION_REQUIRED");
  EXPECT_EQ(link_->fetch_count(), 1u);
  timers_->Advance(absl::Seconds(1));
  auto again = Ask();
  link_->NthFetch(2).Answer(Dead());
  EXPECT_FALSE(again.get().ok());
  EXPECT_EQ(link_->fetch_count(), 2u);
}

TEST_F(KeeperRefusalTest, AnAbsentGrantIsRefusedUntilTheLoginIsDone) {
  Start();
  auto early = Ask();
  link_->NthFetch(1);
  Say(v1::GRANT_STATE_ABSENT, 0);
  EXPECT_EQ(ReauthorizationRequiredIn(early.get().status())->cause, "absent");
  EXPECT_EQ(keeper_->Token().status().code(), absl::StatusCode::kNotFound);
  link_->NthWatch(1).Say(MakeToken(3));
  EXPECT_EQ(TokenNow(), "token-3");
}

TEST_F(KeeperRefusalTest, ARevokedOrDeletedGrantsTokenIsServedNoMore) {
  StartWith(7);
  Say(v1::GRANT_STATE_REVOKED, 8, "revoked");
  EXPECT_EQ(ReauthorizationRequiredIn(keeper_->Token().status())->cause, "revoked");
  link_->NthWatch(1).Say(MakeToken(9));
  EXPECT_EQ(TokenNow(), "token-9");
  Say(v1::GRANT_STATE_ABSENT, 0);
  EXPECT_EQ(ReasonNow(), "GRANT_NOT_FOUND");
}

TEST_F(KeeperRefusalTest, AnAnswerFromBeforeTheRevocationIsNotServed) {
  options_.refusal_memory = absl::ZeroDuration();
  Start();
  auto waiting = Ask(timers_->Now() + absl::Minutes(1));
  link_->NthFetch(1);
  Say(v1::GRANT_STATE_REVOKED, 8, "revoked");
  EXPECT_FALSE(waiting.get().ok());
  link_->NthFetch(1).Answer(MakeToken(7));
  EXPECT_EQ(keeper_->TokenIfFresh(), nullptr);
}

TEST_F(KeeperRefusalTest, AnOlderTokenOfARestoredStoreIsBetterThanNone) {
  StartWith(7);
  link_->NthWatch(1).End(absl::UnavailableError("cut"));
  timers_->Advance(absl::Minutes(30));
  link_->NthWatch(2).Say(MakeToken(5));
  EXPECT_EQ(TokenNow(), "token-7") << "while the newer one is good";
  timers_->Advance(absl::Minutes(31));
  auto waiting = Ask();
  link_->NthFetch(1).Answer(MakeToken(5));
  EXPECT_EQ(TextOf(waiting.get()), "token-5");
}

TEST_F(KeeperRefusalTest, AFrozenGrantComesBackByItself) {
  StartWith(7);
  Say(v1::GRANT_STATE_FROZEN, 7);
  EXPECT_EQ(TokenNow(), "token-7");
  timers_->Advance(absl::Hours(2));
  EXPECT_EQ(ReasonNow(), "PROVIDER_MISCONFIGURED");
  EXPECT_EQ(link_->fetch_count(), 0u);
  Say(v1::GRANT_STATE_ACTIVE, 7);
  auto waiting = Ask();
  link_->NthFetch(1).Answer(MakeToken(8));
  EXPECT_EQ(TextOf(waiting.get()), "token-8");
}

TEST_F(KeeperRefusalTest, HeedsNoStateOfAnOlderGeneration) {
  StartWith(7);
  Say(v1::GRANT_STATE_REVOKED, 6);
  EXPECT_EQ(TokenNow(), "token-7");
}

}  // namespace
}  // namespace tokenbroker::client
