#include "broker/grant_admin.h"
#include "tests/broker/grant_admin_test.h"

namespace tokenbroker {
namespace {

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
