// What the policy means for each call, at the handlers.
#include <gmock/gmock.h>

#include "rpc/grant_admin_handler.h"
#include "rpc/login_handler.h"
#include "rpc/token_handler.h"
#include "tests/rpc/fake_grant_admin.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr char kMe[] = "dns:music.internal";

class PolicyTest : public LoopTest {
 protected:
  PolicyTest() {
    rule_.fixed_tenant = "music";
    rule_.subjects = {*SubjectPattern::Parse("mine/*")};
  }

  // The call's end; OK, or the name of the reason.
  template <typename Handler, typename Request, typename Response>
  std::string Call(Handler& handler,
                   void (Handler::*method)(const CallInfo&, const Request&, Response*, CallDone),
                   const Request& request, Response* response) {
    const CallInfo call{CallerUnder(rule_, kMe), clock_.SteadyNow() + absl::Seconds(30)};
    absl::optional<absl::Status> end;
    (handler.*method)(call, request, response,
                      [&end](absl::Status status) { end = std::move(status); });
    Settle();
    if (!end) return "not answered";
    if (end->ok()) return "OK";
    const absl::optional<Refusal> refusal = RefusalOf(*end);
    return refusal ? std::string(ReasonName(refusal->reason)) : end->ToString();
  }
  template <typename Handler, typename Request, typename Response>
  std::string Call(Handler& handler,
                   void (Handler::*method)(const CallInfo&, const Request&, Response*, CallDone),
                   const Request& request) {
    Response response;
    return Call(handler, method, request, &response);
  }
  std::string GetFreshToken(const v1::GetFreshTokenRequest& request) {
    return Call(token_handler_, &TokenHandler::GetFreshToken, FreshRequest(request));
  }
  template <typename Request>
  static Request Named(const std::string& subject) {
    Request request;
    request.set_provider("spotify");
    request.set_subject(subject);
    return request;
  }
  CompletedLogin FinishedLogin() {
    CompletedLogin login;
    login.grant.key = {"music", "spotify", "mine/1"};
    login.grant.owner = kMe;
    login.grant.scopes = {"read", "write"};
    login.token.token = MakeToken(9, "at-9");
    return login;
  }
  v1::ExchangeCodeResponse Exchange() {
    logins_.completed = FinishedLogin();
    v1::ExchangeCodeRequest request;
    request.set_callback_uri("https://app/callback?code=c&state=s");
    v1::ExchangeCodeResponse response;
    EXPECT_EQ(Call(login_handler_, &LoginHandler::ExchangeCode, request, &response), "OK");
    EXPECT_EQ(response.grant().subject(), "mine/1");
    return response;
  }

  PolicyRule rule_ = AnythingRule();
  FakeTokenService tokens_;
  TokenHandler token_handler_{tokens_, clock_};
  FakeLoginService logins_{loop_};
  LoginHandler login_handler_{logins_, loop_};
  FakeGrantAdmin admin_;
  GrantAdminHandler admin_handler_{admin_, loop_};
};

TEST_F(PolicyTest, ADeniedCallReachesNoUseCase) {
  const std::string denied = "CALLER_NOT_ALLOWED";
  tokens_.answer = [](const FreshTokenQuery&, SteadyTime, TokenService::Done) { FAIL(); };
  EXPECT_EQ(GetFreshToken(Named<v1::GetFreshTokenRequest>("yours/1")), denied);
  EXPECT_EQ(Call(login_handler_, &LoginHandler::BuildLoginUri,
                 Named<v1::BuildLoginUriRequest>("yours/1")),
            denied);
  EXPECT_EQ(
      Call(admin_handler_, &GrantAdminHandler::GetGrant, Named<v1::GetGrantRequest>("yours/1")),
      denied);
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::RefreshGrant,
                 Named<v1::RefreshGrantRequest>("yours/1")),
            denied);
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::RevokeGrant,
                 Named<v1::RevokeGrantRequest>("yours/1")),
            denied);
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::DeleteGrant,
                 Named<v1::DeleteGrantRequest>("yours/1")),
            denied);
  auto import = Named<v1::ImportGrantRequest>("yours/1");
  import.set_refresh_token("rt");
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::ImportGrant, import), denied);
  rule_.rpcs = RpcSet();
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::ListGrants, v1::ListGrantsRequest()), denied);
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::GetKeyUsage, v1::GetKeyUsageRequest()),
            denied);
  v1::RevokeGrantsRequest revoke;
  revoke.set_provider("spotify");
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::RevokeGrants, revoke), denied);
  v1::ExchangeCodeRequest exchange;
  exchange.set_callback_uri("https://app/callback?code=c&state=s");
  EXPECT_EQ(Call(login_handler_, &LoginHandler::ExchangeCode, exchange), denied);
  EXPECT_THAT(logins_.built, IsEmpty());
  EXPECT_THAT(logins_.exchanged, IsEmpty());
  EXPECT_THAT(admin_.asked, IsEmpty());
  EXPECT_THAT(admin_.imported, IsEmpty());
  EXPECT_THAT(admin_.listed, IsEmpty());
  EXPECT_THAT(admin_.revoked, IsEmpty());
}

TEST_F(PolicyTest, TheRulesTenantIsTheOneThatIsMeant) {
  std::string tenant;
  tokens_.answer = [&tenant](const FreshTokenQuery& query, SteadyTime, TokenService::Done done) {
    tenant = std::string(query.key.tenant);
    done(FreshToken{MakeToken(1, "at"), TokenSource::kCache});
  };
  auto request = Named<v1::GetFreshTokenRequest>("mine/1");
  EXPECT_EQ(GetFreshToken(request), "OK");
  EXPECT_EQ(tenant, "music");
  request.set_tenant("films");
  EXPECT_EQ(GetFreshToken(request), "CALLER_NOT_ALLOWED");
  Call(login_handler_, &LoginHandler::BuildLoginUri, Named<v1::BuildLoginUriRequest>("mine/1"));
  ASSERT_THAT(logins_.built, SizeIs(1));
  EXPECT_EQ(logins_.built[0].key.tenant, "music");
  Call(admin_handler_, &GrantAdminHandler::GetGrant, Named<v1::GetGrantRequest>("mine/1"));
  ASSERT_THAT(admin_.asked, SizeIs(1));
  EXPECT_EQ(admin_.asked[0].tenant, "music");
  v1::RevokeGrantsRequest revoke;
  revoke.set_provider("spotify");
  Call(admin_handler_, &GrantAdminHandler::RevokeGrants, revoke);
  ASSERT_THAT(admin_.revoked, SizeIs(1));
  EXPECT_EQ(admin_.revoked[0].tenant, "music");
}

TEST_F(PolicyTest, TheUseCasesLearnTheRulesBounds) {
  rule_.max_scopes = {{"read"}};
  rule_.redirect_uris = {{"https://app/callback"}};
  rule_.owner = Owner::kSelf;
  rule_.browser_binding = BrowserBinding::kRequired;
  tokens_.answer = [](const FreshTokenQuery& query, SteadyTime, TokenService::Done done) {
    EXPECT_EQ(query.required_owner, kMe);
    ASSERT_NE(query.max_scopes, nullptr);
    EXPECT_EQ(*query.max_scopes, std::vector<std::string>{"read"});
    done(FreshToken{MakeToken(1, "at"), TokenSource::kCache});
  };
  EXPECT_EQ(GetFreshToken(Named<v1::GetFreshTokenRequest>("mine/1")), "OK");
  Call(login_handler_, &LoginHandler::BuildLoginUri, Named<v1::BuildLoginUriRequest>("mine/1"));
  ASSERT_THAT(logins_.built, SizeIs(1));
  EXPECT_EQ(logins_.built[0].caller, kMe);
  EXPECT_EQ(logins_.built[0].max_scopes, rule_.max_scopes);
  EXPECT_EQ(logins_.built[0].redirect_uris, rule_.redirect_uris);
  Exchange();
  ASSERT_THAT(logins_.exchanged, SizeIs(1));
  const auto end = logins_.exchanged[0].permit({"music", "spotify", "mine/1"});
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->browser_binding, BrowserBinding::kRequired);
  EXPECT_EQ(end->owner, Owner::kSelf);
  EXPECT_FALSE(logins_.exchanged[0].permit({"music", "spotify", "yours/1"}).has_value());
  EXPECT_FALSE(logins_.exchanged[0].permit({"films", "spotify", "mine/1"}).has_value());
}

TEST_F(PolicyTest, WhoFinishesALoginGetsItsTokenOnlyIfItMayHaveTokens) {
  EXPECT_EQ(Exchange().token().access_token(), "at-9");
  rule_.max_scopes = {{"read"}};
  EXPECT_FALSE(Exchange().has_token()) << "the grant has more";
  rule_.max_scopes.reset();
  rule_.rpcs = RpcSet();
  rule_.rpcs.Add(Rpc::kExchangeCode);
  EXPECT_FALSE(Exchange().has_token());
}

TEST_F(PolicyTest, AnotherOwnersGrantReadsAsNone) {
  rule_.owner = Owner::kSelf;
  admin_.view->grant.owner = "dns:other.internal";
  const std::string none = "GRANT_NOT_FOUND";
  const std::string subject = "mine/1";
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::GetGrant, Named<v1::GetGrantRequest>(subject)),
            none);
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::RefreshGrant,
                 Named<v1::RefreshGrantRequest>(subject)),
            none);
  EXPECT_EQ(
      Call(admin_handler_, &GrantAdminHandler::RevokeGrant, Named<v1::RevokeGrantRequest>(subject)),
      none);
  EXPECT_EQ(
      Call(admin_handler_, &GrantAdminHandler::DeleteGrant, Named<v1::DeleteGrantRequest>(subject)),
      none);
  EXPECT_THAT(admin_.asked, SizeIs(4)) << "each was looked at, and no more";
  admin_.view->grant.owner = kMe;
  EXPECT_EQ(
      Call(admin_handler_, &GrantAdminHandler::RevokeGrant, Named<v1::RevokeGrantRequest>(subject)),
      "OK");
  auto import = Named<v1::ImportGrantRequest>(subject);
  import.set_refresh_token("rt");
  Call(admin_handler_, &GrantAdminHandler::ImportGrant, import);
  ASSERT_THAT(admin_.imported, SizeIs(1));
  EXPECT_TRUE(admin_.imported[0].replaces_own_only);
}

TEST_F(PolicyTest, AListingShowsWhatTheRulesCover) {
  rule_.owner = Owner::kSelf;
  EXPECT_EQ(Call(admin_handler_, &GrantAdminHandler::ListGrants, v1::ListGrantsRequest()), "OK");
  ASSERT_THAT(admin_.listed, SizeIs(1));
  const auto covered = [this](const GrantKey& key, const std::string& owner) {
    Grant grant;
    grant.key = key;
    grant.owner = owner;
    return admin_.listed[0].covered(grant);
  };
  EXPECT_TRUE(covered({"music", "spotify", "mine/1"}, kMe));
  EXPECT_FALSE(covered({"music", "spotify", "mine/1"}, "dns:other.internal"));
  EXPECT_FALSE(covered({"music", "spotify", "yours/1"}, kMe));
  EXPECT_FALSE(covered({"films", "spotify", "mine/1"}, kMe));
}

}  // namespace
}  // namespace tokenbroker
