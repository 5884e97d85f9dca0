#include "broker/grant_admin.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "crypto/base64url.h"
#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GrantAdminTest : public BrokerTest {
 protected:
  SteadyTime Soon() { return clock_.SteadyNow() + absl::Seconds(20); }
  void Store(const std::string& subject, const std::string& account = "alice") {
    Grant grant = NewGrant();
    grant.key.subject = subject;
    grant.account = {"", account};
    grant.refresh_token = Secret("refresh-of-" + subject);
    BrokerTest::Store(std::move(grant));
  }
  void Condemn() {
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
    Advance(absl::Hours(2));
    Touch();
    ASSERT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  }
  std::vector<std::string> Listed(ListGrantsQuery query) {
    std::vector<std::string> subjects;
    do {
      const absl::StatusOr<GrantPage> page = Run(admin_.ListGrants(query));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const GrantView& view : page->grants) subjects.push_back(view.grant.key.subject);
      query.page = page->next_page;
    } while (!query.page.empty());
    return subjects;
  }
  std::vector<std::string> RevokedTokens() const {
    std::vector<std::string> tokens;
    for (const RevocationRequest& request : endpoint_.revocations()) {
      tokens.emplace_back(request.token.Expose());
    }
    return tokens;
  }
  static Reason ReasonIn(const absl::Status& status) {
    const absl::optional<Refusal> refusal = RefusalOf(status);
    EXPECT_TRUE(refusal) << status;
    return refusal.value_or(Refusal()).reason;
  }

  GrantAdmin admin_{parts_, broker_};
};

TEST_F(GrantAdminTest, ShowsAGrantAsItIsStored) {
  const int64_t generation = BrokerTest::Store(NewGrant());
  const absl::StatusOr<GrantView> view = Run(admin_.GetGrant(key_));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->grant.generation, generation);
  EXPECT_EQ(view->freeze, GrantView::Freeze::kNone);
}

TEST_F(GrantAdminTest, AnUnknownAndADeletedGrantAreNotFound) {
  EXPECT_EQ(ReasonIn(Run(admin_.GetGrant(key_)).status()), Reason::kGrantNotFound);
  BrokerTest::Store(NewGrant());
  EXPECT_TRUE(Run(admin_.DeleteGrant(key_)).ok());
  EXPECT_EQ(ReasonIn(Run(admin_.GetGrant(key_)).status()), Reason::kGrantNotFound);
  EXPECT_EQ(ReasonIn(Run(admin_.DeleteGrant(key_))), Reason::kGrantNotFound);
  EXPECT_EQ(ReasonIn(Run(admin_.RevokeGrant(key_, Soon())).status()), Reason::kGrantNotFound);
}

TEST_F(GrantAdminTest, AStoreThatIsDownIsNeverAMissingGrant) {
  BrokerTest::Store(NewGrant());
  store_.faults().BeginNoStore();
  EXPECT_EQ(ReasonIn(Run(admin_.GetGrant(key_)).status()), Reason::kStoreUnavailable);
  EXPECT_EQ(ReasonIn(Run(admin_.ListGrants({})).status()), Reason::kStoreUnavailable);
  EXPECT_EQ(ReasonIn(Run(admin_.DeleteGrant(key_))), Reason::kStoreUnavailable);
  EXPECT_EQ(ReasonIn(Run(admin_.GetKeyUsage()).status()), Reason::kStoreUnavailable);
}

TEST_F(GrantAdminTest, FreezingIsComputedWhenRead) {
  BrokerTest::Store(NewGrant());
  Configure([](ProviderConfig* config) { config->client_id = "another"; });
  EXPECT_EQ(Run(admin_.GetGrant(key_))->freeze, GrantView::Freeze::kClientChanged);
  Configure([](ProviderConfig* config) { config->client_id = "client"; });
  parts_.gates.For("spotify").Misconfigured(provider_, provider_.client_secrets[0],
                                            "invalid_client");
  EXPECT_EQ(Run(admin_.GetGrant(key_))->freeze, GrantView::Freeze::kProvider);
  ListGrantsQuery frozen;
  frozen.state = ListedState::kFrozen;
  EXPECT_THAT(Listed(frozen), ElementsAre("user-42"));
  ListGrantsQuery active;
  active.state = ListedState::kActive;
  EXPECT_THAT(Listed(active), IsEmpty());
}

TEST_F(GrantAdminTest, AGrantWhoseProviderWasTakenAwayReadsAsFrozen) {
  BrokerTest::Store(NewGrant());
  config_.Set(Snapshot());
  EXPECT_EQ(Run(admin_.GetGrant(key_))->freeze, GrantView::Freeze::kProvider);
}

TEST_F(GrantAdminTest, ListsPageByPage) {
  for (const char* subject : {"a", "b", "c", "d", "e"}) Store(subject);
  ListGrantsQuery query;
  query.page_size = 2;
  EXPECT_THAT(Listed(query), testing::UnorderedElementsAre("a", "b", "c", "d", "e"));
  query.page = "made up";
  EXPECT_EQ(ReasonIn(Run(admin_.ListGrants(query)).status()), Reason::kFieldInvalid);
}

TEST_F(GrantAdminTest, RefreshesNow) {
  const int64_t generation = BrokerTest::Store(NewGrant());
  Advance(absl::Minutes(10));
  const absl::StatusOr<GrantView> view = Run(admin_.RefreshGrant(key_, Soon()));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_GT(view->grant.generation, generation);
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
  EXPECT_EQ(MetricValue(metrics_,
                        "tokenbroker_refreshes_total{outcome=\"refreshed\","
                        "provider=\"spotify\",trigger=\"administrator\"}"),
            "1");
}

TEST_F(GrantAdminTest, LeavesABrandNewTokenAsItIs) {
  const int64_t generation = BrokerTest::Store(NewGrant());
  Advance(absl::Seconds(29));
  EXPECT_EQ(Run(admin_.RefreshGrant(key_, Soon()))->grant.generation, generation);
  EXPECT_TRUE(endpoint_.refreshes().empty());
}

TEST_F(GrantAdminTest, PresentsTheKeptTokenOfADeadGrantOnceMore) {
  BrokerTest::Store(NewGrant());
  Condemn();
  const absl::StatusOr<GrantView> view = Run(admin_.RefreshGrant(key_, Soon()));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->grant.state, GrantState::kActive);
  EXPECT_EQ(endpoint_.refreshes().back().refresh_token.Expose(), "refresh-0");
}

TEST_F(GrantAdminTest, ADeadGrantThatIsStillDeadSaysSo) {
  BrokerTest::Store(NewGrant());
  Condemn();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(ReasonIn(Run(admin_.RefreshGrant(key_, Soon())).status()),
            Reason::kReauthorizationRequired);
}

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

TEST_F(GrantAdminTest, ADeadGrantThatIsRetriedInVainIsNoLostRotation) {
  BrokerTest::Store(NewGrant());
  Condemn();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_FALSE(Run(admin_.RefreshGrant(key_, Soon())).ok());
  EXPECT_EQ(Stored().state_reason, StateReason::kProviderSaysDead);
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

TEST_F(GrantAdminTest, AnImportIsStoredFirstAndProvedByARefresh) {
  ImportGrantQuery query;
  query.key = key_;
  query.caller = "importer";
  query.refresh_token = Secret("from elsewhere");
  const absl::StatusOr<GrantView> view = Run(admin_.ImportGrant(query, Soon()));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->grant.owner, "importer");
  EXPECT_EQ(endpoint_.refreshes().front().refresh_token.Expose(), "from elsewhere");
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(GrantAdminTest, AnImportedDeadTokenIsTheGrantsFault) {
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  ImportGrantQuery query;
  query.key = key_;
  query.refresh_token = Secret("dead");
  EXPECT_EQ(ReasonIn(Run(admin_.ImportGrant(query, Soon())).status()),
            Reason::kReauthorizationRequired);
  EXPECT_EQ(Stored().state, GrantState::kReauthorizationRequired);
}

TEST_F(GrantAdminTest, AnImportOverAnExistingGrantTakesTheNextGeneration) {
  const int64_t before = BrokerTest::Store(NewGrant());
  ImportGrantQuery query;
  query.key = key_;
  query.refresh_token = Secret("another");
  const absl::StatusOr<GrantView> view = Run(admin_.ImportGrant(query, Soon()));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_GT(view->grant.generation, before);
}

TEST_F(GrantAdminTest, AnImportForAProviderThatIsNotConfiguredIsTheCallersMistake) {
  ImportGrantQuery query;
  query.key = {"default", "unknown", "user"};
  query.refresh_token = Secret("token");
  EXPECT_EQ(ReasonIn(Run(admin_.ImportGrant(query, Soon())).status()), Reason::kProviderUnknown);
}

TEST_F(GrantAdminTest, NobodyConsentsInTheFuture) {
  ImportGrantQuery query;
  query.key = key_;
  query.refresh_token = Secret("token");
  query.authorize_time = clock_.TimeNow() + absl::Hours(1);
  EXPECT_EQ(ReasonIn(Run(admin_.ImportGrant(query, Soon())).status()), Reason::kFieldInvalid);
}

TEST_F(GrantAdminTest, AnImpatientCallerCancelsNoImport) {
  endpoint_.SetLatency(absl::Seconds(5));
  ImportGrantQuery query;
  query.key = key_;
  query.refresh_token = Secret("from elsewhere");
  const SteadyTime deadline = clock_.SteadyNow() + absl::Seconds(1);
  EXPECT_EQ(Run(admin_.ImportGrant(query, deadline)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  Advance(absl::Seconds(10));
  EXPECT_EQ(TokenOf(Get()), "access-1");
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

TEST_F(GrantAdminTest, AListingTellsNothingOfWhatIsNotCovered) {
  for (const char* subject : {"a-mine", "b-yours", "c-mine", "d-yours", "e-mine", "f-yours"}) {
    Store(subject);
  }
  ListGrantsQuery query;
  query.page_size = 1;
  query.covered = [](const Grant& grant) { return absl::EndsWith(grant.key.subject, "-mine"); };
  std::vector<std::string> subjects;
  int pages = 0;
  do {
    const absl::StatusOr<GrantPage> page = Run(admin_.ListGrants(query));
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->grants.size(), 1u) << "an empty page with a token would tell of a grant";
    subjects.push_back(page->grants[0].grant.key.subject);
    query.page = page->next_page;
    const std::string token = Base64UrlDecode(query.page).value_or("");
    EXPECT_THAT(token, testing::Not(testing::HasSubstr("yours")));
    ++pages;
  } while (!query.page.empty());
  EXPECT_THAT(subjects, testing::UnorderedElementsAre("a-mine", "c-mine", "e-mine"));
  EXPECT_EQ(pages, 3) << "nor is there a token after the last one";
  query.page.clear();
  query.subject = "b-yours";
  const absl::StatusOr<GrantPage> nothing = Run(admin_.ListGrants(query));
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->grants.empty());
  EXPECT_EQ(nothing->next_page, "");
}

TEST_F(GrantAdminTest, AListingThatFindsNothingEndsWithItsCall) {
  for (int i = 0; i < 1000; ++i) Store(absl::StrCat("user-", i));
  ListGrantsQuery query;
  int looked_at = 0;
  query.covered = [this, &looked_at](const Grant&) {
    if (++looked_at == 150) clock_.AdvanceTime(absl::Seconds(30));
    return false;
  };
  query.deadline = clock_.SteadyNow() + absl::Seconds(20);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run(admin_.ListGrants(query)).status()));
  EXPECT_LT(looked_at, 1000);
}

TEST_F(GrantAdminTest, AnImportReplacesNoOtherOwnersGrantUnlessItMay) {
  BrokerTest::Store(NewGrant());
  ImportGrantQuery query;
  query.key = key_;
  query.caller = "importer";
  query.refresh_token = Secret("imported");
  query.replaces_own_only = true;
  EXPECT_EQ(ReasonIn(Run(admin_.ImportGrant(query, Soon())).status()), Reason::kCallerNotAllowed);
  query.replaces_own_only = false;
  EXPECT_TRUE(Run(admin_.ImportGrant(query, Soon())).ok());
  query.replaces_own_only = true;
  EXPECT_TRUE(Run(admin_.ImportGrant(query, Soon())).ok()) << "it is the importer's by now";
}

}  // namespace
}  // namespace tokenbroker
