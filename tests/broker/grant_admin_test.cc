#include "broker/grant_admin.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "crypto/base64url.h"
#include "tests/broker/grant_admin_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST_F(GrantAdminTest, ADeadGrantThatIsRetriedInVainIsNoLostRotation) {
  BrokerTest::Store(NewGrant());
  Condemn();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_FALSE(Run(admin_.RefreshGrant(key_, Soon())).ok());
  EXPECT_EQ(Stored().state_reason, StateReason::kProviderSaysDead);
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

}  // namespace
}  // namespace tokenbroker
