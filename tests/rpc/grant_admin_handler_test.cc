#include "rpc/grant_admin_handler.h"

#include "tests/rpc/fake_grant_admin.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GrantAdminHandlerTest : public LoopTest {
 protected:
  template <typename Request, typename Response>
  Response Call(void (GrantAdminHandler::*method)(const CallInfo&, const Request&, Response*,
                                                  CallDone),
                const Request& request) {
    Response response;
    const CallInfo call{AnyCaller("importer"), clock_.SteadyNow() + absl::Seconds(30)};
    (handler_.*method)(call, request, &response,
                       [this](absl::Status status) { status_ = std::move(status); });
    Settle();
    return response;
  }
  template <typename Request>
  static Request Named() {
    Request request;
    request.set_provider("spotify");
    request.set_subject("user-42");
    return request;
  }
  void ExpectRefusedFor(const std::string& field) {
    const absl::optional<Refusal> refusal = RefusalOf(status_);
    ASSERT_TRUE(refusal) << status_;
    EXPECT_EQ(refusal->reason, Reason::kFieldInvalid);
    EXPECT_EQ(refusal->cause, field);
  }

  FakeGrantAdmin admin_;
  GrantAdminHandler handler_{admin_, loop_};
  absl::Status status_ = absl::InternalError("not answered");
};

TEST_F(GrantAdminHandlerTest, ShowsAGrantOfTheDefaultTenant) {
  admin_.view->grant.account = {"https://id.example.com", "alice"};
  admin_.view->grant.generation = 7;
  const auto response = Call(&GrantAdminHandler::GetGrant, Named<v1::GetGrantRequest>());
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(response.grant().tenant(), "default");
  EXPECT_EQ(response.grant().account().id(), "alice");
  EXPECT_EQ(response.grant().generation(), 7);
  EXPECT_EQ(response.grant().state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(GrantAdminHandlerTest, ASubjectIsRequiredWhereAGrantIsNamed) {
  v1::GetGrantRequest get;
  get.set_provider("spotify");
  Call(&GrantAdminHandler::GetGrant, get);
  ExpectRefusedFor("subject");
  v1::DeleteGrantRequest del;
  del.set_provider("spotify");
  Call(&GrantAdminHandler::DeleteGrant, del);
  ExpectRefusedFor("subject");
  EXPECT_THAT(admin_.asked, IsEmpty());
}

TEST_F(GrantAdminHandlerTest, AFrozenGrantSaysWhetherItIsItsOwnFault) {
  admin_.view->freeze = GrantView::Freeze::kProvider;
  auto response = Call(&GrantAdminHandler::GetGrant, Named<v1::GetGrantRequest>());
  EXPECT_EQ(response.grant().state(), v1::GRANT_STATE_FROZEN);
  EXPECT_EQ(response.grant().state_reason(), "");
  admin_.view->freeze = GrantView::Freeze::kClientChanged;
  response = Call(&GrantAdminHandler::GetGrant, Named<v1::GetGrantRequest>());
  EXPECT_EQ(response.grant().state(), v1::GRANT_STATE_FROZEN);
  EXPECT_EQ(response.grant().state_reason(), "client_changed");
}

TEST_F(GrantAdminHandlerTest, ListsWithWhatWasAskedFor) {
  admin_.page.grants.resize(2);
  admin_.page.next_page = "next";
  v1::ListGrantsRequest request;
  request.set_tenant("music");
  request.set_state(v1::GRANT_STATE_FROZEN);
  request.set_page_size(5000);
  request.set_page_token("here");
  const auto response = Call(&GrantAdminHandler::ListGrants, request);
  EXPECT_THAT(response.grants(), SizeIs(2));
  EXPECT_EQ(response.next_page_token(), "next");
  ASSERT_THAT(admin_.listed, SizeIs(1));
  EXPECT_EQ(admin_.listed[0].tenant, "music");
  EXPECT_EQ(admin_.listed[0].state, ListedState::kFrozen);
  EXPECT_EQ(admin_.listed[0].page_size, 1000);
  EXPECT_EQ(admin_.listed[0].page, "here");
}

TEST_F(GrantAdminHandlerTest, AListingHasSensibleBounds) {
  Call(&GrantAdminHandler::ListGrants, v1::ListGrantsRequest());
  ASSERT_THAT(admin_.listed, SizeIs(1));
  EXPECT_EQ(admin_.listed[0].page_size, 100);
  v1::ListGrantsRequest request;
  request.set_page_size(-1);
  Call(&GrantAdminHandler::ListGrants, request);
  ExpectRefusedFor("page_size");
  request.set_page_size(0);
  request.set_state(v1::GRANT_STATE_ABSENT);
  Call(&GrantAdminHandler::ListGrants, request);
  ExpectRefusedFor("state");
}

TEST_F(GrantAdminHandlerTest, NobodyRevokesEverythingByAnEmptyRequest) {
  Call(&GrantAdminHandler::RevokeGrants, v1::RevokeGrantsRequest());
  ExpectRefusedFor("provider");
  EXPECT_THAT(admin_.revoked, IsEmpty());
}

TEST_F(GrantAdminHandlerTest, RevokesWhatTheFilterNames) {
  v1::RevokeGrantsRequest request;
  request.set_account_id("alice");
  request.set_dry_run(true);
  const auto response = Call(&GrantAdminHandler::RevokeGrants, request);
  EXPECT_EQ(response.matched_count(), 3);
  EXPECT_EQ(response.revoked_count(), 2);
  ASSERT_THAT(admin_.revoked, SizeIs(1));
  EXPECT_EQ(admin_.revoked[0].tenant, "default");
  EXPECT_EQ(admin_.revoked[0].account_id, "alice");
  EXPECT_TRUE(admin_.revoked[0].dry_run);
}

TEST_F(GrantAdminHandlerTest, TellsWhetherTheProviderHeardOfARevocation) {
  const auto response = Call(&GrantAdminHandler::RevokeGrant, Named<v1::RevokeGrantRequest>());
  EXPECT_TRUE(response.revoked_at_provider());
  EXPECT_EQ(response.grant().subject(), "user-42");
}

TEST_F(GrantAdminHandlerTest, ImportsWithTheCallerAsOwner) {
  auto request = Named<v1::ImportGrantRequest>();
  request.set_refresh_token("from elsewhere");
  request.add_scopes("read");
  request.mutable_authorize_time()->set_seconds(1'700'000'000);
  Call(&GrantAdminHandler::ImportGrant, request);
  EXPECT_TRUE(status_.ok()) << status_;
  ASSERT_THAT(admin_.imported, SizeIs(1));
  EXPECT_EQ(admin_.imported[0].caller, "importer");
  EXPECT_EQ(admin_.imported[0].refresh_token.Expose(), "from elsewhere");
  EXPECT_THAT(admin_.imported[0].scopes, ElementsAre("read"));
  EXPECT_EQ(admin_.imported[0].authorize_time, absl::FromUnixSeconds(1'700'000'000));
}

TEST_F(GrantAdminHandlerTest, ATokenWithALineEndIsNotImported) {
  auto request = Named<v1::ImportGrantRequest>();
  Call(&GrantAdminHandler::ImportGrant, request);
  ExpectRefusedFor("refresh_token");
  request.set_refresh_token("token\n");
  Call(&GrantAdminHandler::ImportGrant, request);
  ExpectRefusedFor("refresh_token");
  EXPECT_EQ(std::string(status_.message()).find("token\n"), std::string::npos);
  request.set_refresh_token("token");
  request.mutable_authorize_time()->set_nanos(-1);
  Call(&GrantAdminHandler::ImportGrant, request);
  ExpectRefusedFor("authorize_time");
}

TEST_F(GrantAdminHandlerTest, PassesRefusalsOn) {
  admin_.view = absl::NotFoundError("no such grant");
  for (const auto& call : {1, 2, 3}) {
    if (call == 1) Call(&GrantAdminHandler::RefreshGrant, Named<v1::RefreshGrantRequest>());
    if (call == 2) Call(&GrantAdminHandler::RevokeGrant, Named<v1::RevokeGrantRequest>());
    if (call == 3) Call(&GrantAdminHandler::DeleteGrant, Named<v1::DeleteGrantRequest>());
    EXPECT_EQ(status_.code(), absl::StatusCode::kNotFound);
    status_ = absl::OkStatus();
  }
}

TEST_F(GrantAdminHandlerTest, ShowsWhatEachKeyProtects) {
  admin_.keys = {{"k1", 12, absl::FromUnixSeconds(5), false}, {"k0", 0, absl::nullopt, true}};
  const auto response = Call(&GrantAdminHandler::GetKeyUsage, v1::GetKeyUsageRequest());
  ASSERT_THAT(response.keys(), SizeIs(2));
  EXPECT_EQ(response.keys(0).key_id(), "k1");
  EXPECT_EQ(response.keys(0).grant_count(), 12);
  EXPECT_EQ(response.keys(0).write_from_time().seconds(), 5);
  EXPECT_TRUE(response.keys(1).retirable());
  EXPECT_FALSE(response.keys(1).has_write_from_time());
}

}  // namespace
}  // namespace tokenbroker
