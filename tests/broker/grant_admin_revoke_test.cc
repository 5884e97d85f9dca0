#include "broker/grant_admin.h"
#include "tests/broker/grant_admin_test.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(GrantAdminTest, RevokesHereFirstAndThenAtTheProvider) {
  BrokerTest::Store(NewGrant());
  Touch();
  const absl::StatusOr<RevokedGrant> revoked = Run(admin_.RevokeGrant(key_, Soon()));
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_TRUE(revoked->revoked_at_provider);
  EXPECT_EQ(revoked->view.grant.state, GrantState::kRevoked);
  EXPECT_THAT(RevokedTokens(), ElementsAre("refresh-0", "access-0"));
  EXPECT_EQ(Stored().state, GrantState::kRevoked);
  EXPECT_TRUE(Stored().refresh_token.empty());
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kReauthorizationRequired);
}

TEST_F(GrantAdminTest, AProviderThatIsDownIsToldLater) {
  BrokerTest::Store(NewGrant());
  endpoint_.AnswerRevoke(absl::UnavailableError("down"));
  const absl::StatusOr<RevokedGrant> revoked = Run(admin_.RevokeGrant(key_, Soon()));
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_FALSE(revoked->revoked_at_provider);
  EXPECT_EQ(Stored().state, GrantState::kRevoked);
  EXPECT_TRUE(Run(admin_.WaitIdle(clock_.SteadyNow()))) << "a retry holds up no shutdown";
  const size_t tries = RevokedTokens().size();
  endpoint_.AnswerRevoke(absl::OkStatus());
  Advance(absl::Minutes(1));
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(tries + 2));
  Advance(absl::Hours(2));
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(tries + 2)) << "once it has heard, it is left alone";
}

TEST_F(GrantAdminTest, RevokesTheTokenThatAConcurrentRefreshBrought) {
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  const Answer asked = Ask();
  // The refresh is stored after the look at the grant and before its end.
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kNone, absl::Seconds(1)});
  endpoint_.SetLatency(absl::Milliseconds(500));
  ASSERT_TRUE(Run(admin_.RevokeGrant(key_, Soon())).ok());
  EXPECT_THAT(RevokedTokens(), testing::Contains("refresh-1"));
}

TEST_F(GrantAdminTest, RevokingTwiceIsNoMistake) {
  BrokerTest::Store(NewGrant());
  EXPECT_TRUE(Run(admin_.RevokeGrant(key_, Soon())).ok());
  EXPECT_TRUE(Run(admin_.RevokeGrant(key_, Soon())).ok());
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(2));
}

TEST_F(GrantAdminTest, ARevocationWhoseAnswerWasLostIsRepeated) {
  BrokerTest::Store(NewGrant());
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kLostAcknowledgement});
  EXPECT_TRUE(Run(admin_.RevokeGrant(key_, Soon()))->revoked_at_provider);
  EXPECT_THAT(RevokedTokens(), testing::Contains("refresh-0"));
}

TEST_F(GrantAdminTest, ARevocationThatTheStoreLostIsPutBack) {
  BrokerTest::Store(NewGrant());
  store_.faults().Remember(key_, clock_.TimeNow());
  ASSERT_TRUE(Run(admin_.RevokeGrant(key_, Soon())).ok());
  store_.faults().Rollback(key_);
  ASSERT_EQ(Stored().state, GrantState::kActive);
  store_.ChangeServer();
  Settle();
  EXPECT_EQ(Stored().state, GrantState::kRevoked);
  EXPECT_TRUE(Stored().refresh_token.empty());
}

TEST_F(GrantAdminTest, ADeletionThatTheStoreLostIsPutBack) {
  BrokerTest::Store(NewGrant());
  store_.faults().Remember(key_, clock_.TimeNow());
  ASSERT_TRUE(Run(admin_.DeleteGrant(key_)).ok());
  store_.faults().Rollback(key_);
  store_.ChangeServer();
  Settle();
  EXPECT_GT(Run(store_.Load(key_)).deleted_generation, 0);
}

TEST_F(GrantAdminTest, ALateCopyOfADeletionDoesNotEndTheLoginsAfterIt) {
  BrokerTest::Store(NewGrant());
  store_.faults().Inject(StoreVerb::kPutGrant,
                         {StoreFault::What::kExecutedLate, absl::Seconds(10)});
  const auto deleted = Start(admin_.DeleteGrant(key_));
  Advance(absl::Seconds(1));
  ASSERT_TRUE(deleted->has_value() && (*deleted)->ok());
  BrokerTest::Store(NewGrant());
  BrokerTest::Store(NewGrant());
  Advance(absl::Seconds(15));
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_F(GrantAdminTest, ManyRevocationsAreSentAFewAtATime) {
  for (int i = 0; i < 20; ++i) Store("user-" + std::to_string(i));
  endpoint_.Hold();
  RevokeGrantsQuery query;
  query.provider = "spotify";
  EXPECT_EQ(Run(admin_.RevokeGrants(query))->revoked, 20) << "here they end at once";
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(4));
  EXPECT_FALSE(Run(admin_.WaitIdle(clock_.SteadyNow()))) << "what is sent is waited for";
  endpoint_.Release();
  Settle();
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(40));
  EXPECT_TRUE(Run(admin_.WaitIdle(clock_.SteadyNow())));
}

TEST_F(GrantAdminTest, RevocationsKeepToTheProvidersRateAndLetRefreshesPass) {
  Configure([](ProviderConfig* config) { config->requests_per_second = 1; });
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  for (int i = 0; i < 20; ++i) Store("user-" + std::to_string(i));
  RevokeGrantsQuery query;
  query.provider = "spotify";
  for (int i = 0; i < 20; ++i) {
    query.subject = "user-" + std::to_string(i);
    ASSERT_TRUE(Run(admin_.RevokeGrants(query)).ok());
  }
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(1));
  const Answer asked = Ask();
  Advance(absl::Seconds(1));
  ASSERT_TRUE(asked->has_value()) << "a caller waits for this one";
  EXPECT_TRUE((*asked)->ok());
  Advance(absl::Seconds(10));
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(11));
}

TEST_F(GrantAdminTest, ARevocationThatWaitsForItsTurnIsNotForgottenByAShutdown) {
  Configure([](ProviderConfig* config) { config->requests_per_second = 0.1; });
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  Touch();  // A refresh takes the provider's present turn.
  const auto revoked = Start(admin_.RevokeGrant(key_, Soon()));
  Settle();
  EXPECT_THAT(RevokedTokens(), IsEmpty());
  EXPECT_FALSE(Run(admin_.WaitIdle(clock_.SteadyNow())));
  Advance(absl::Seconds(30));
  EXPECT_THAT(RevokedTokens(), testing::SizeIs(2));
  EXPECT_TRUE(Run(admin_.WaitIdle(clock_.SteadyNow())));
}

TEST_F(GrantAdminTest, ARevocationOfUnknownOutcomeGoesOnAndTellsTheProvider) {
  BrokerTest::Store(NewGrant());
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kLostAcknowledgement});
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kUnavailable}, 1'000'000);
  const auto revoked = Start(admin_.RevokeGrant(key_, Soon()));
  Advance(absl::Minutes(1));
  ASSERT_TRUE(revoked->has_value());
  EXPECT_EQ(ReasonIn((*revoked)->status()), Reason::kStoreUnavailable);
  EXPECT_EQ(Stored().state, GrantState::kRevoked);
  EXPECT_THAT(RevokedTokens(), IsEmpty());
  store_.faults().Heal();
  Advance(absl::Seconds(1));
  EXPECT_THAT(RevokedTokens(), ElementsAre("refresh-0", "access-0"));
}

TEST_F(GrantAdminTest, ARevocationThatWasNeverStoredIsNotStoredOverALaterLogin) {
  BrokerTest::Store(NewGrant());
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kUnavailable}, 1'000'000);
  const auto revoked = Start(admin_.RevokeGrant(key_, Soon()));
  Advance(absl::Minutes(1));
  ASSERT_TRUE(revoked->has_value());
  EXPECT_FALSE((*revoked)->ok());
  store_.faults().Heal();
  BrokerTest::Store(NewGrant());
  Advance(absl::Seconds(10));
  EXPECT_EQ(Stored().state, GrantState::kActive) << "whoever was refused asks again";
  EXPECT_THAT(RevokedTokens(), IsEmpty());
  EXPECT_TRUE(Run(admin_.WaitIdle(clock_.SteadyNow())));
}

TEST_F(GrantAdminTest, ADryRunCountsAndRevokesNothing) {
  for (const char* subject : {"a", "b"}) Store(subject, "alice");
  Store("c", "bob");
  RevokeGrantsQuery query;
  query.account_id = "alice";
  query.dry_run = true;
  const RevokedCount counted = *Run(admin_.RevokeGrants(query));
  EXPECT_EQ(counted.matched, 2);
  EXPECT_EQ(counted.revoked, 0);
  query.dry_run = false;
  EXPECT_EQ(Run(admin_.RevokeGrants(query))->revoked, 2);
  Settle();
  EXPECT_THAT(RevokedTokens(), testing::UnorderedElementsAre("refresh-of-a", "refresh-of-b",
                                                             "access-0", "access-0"));
  EXPECT_EQ(Run(admin_.RevokeGrants(query))->matched, 0) << "what is revoked is not matched again";
}

TEST_F(GrantAdminTest, ListsAndRevokesWhatIsCoveredAlone) {
  for (const char* subject : {"a", "b", "c"}) Store(subject);
  ListGrantsQuery query;
  query.covered = [](const Grant& grant) { return grant.key.subject != "b"; };
  EXPECT_THAT(Listed(query), testing::UnorderedElementsAre("a", "c"));
  RevokeGrantsQuery revoke;
  revoke.tenant = key_.tenant;
  revoke.provider = key_.provider;
  revoke.covered = query.covered;
  const absl::StatusOr<RevokedCount> count = Run(admin_.RevokeGrants(revoke));
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(count->matched, 2);
  EXPECT_EQ(count->revoked, 2);
}

}  // namespace
}  // namespace tokenbroker
