#include "rpc/login_handler.h"

#include "rpc/request_validation.h"
#include "tests/rpc/fake_services.h"
#include "tests/support/known_callers.h"
#include "tests/support/loop_test.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class LoginHandlerTest : public LoopTest {
 protected:
  LoginHandlerTest() {
    build_.set_provider("spotify");
    build_.set_subject("user-42");
    exchange_.set_callback_uri("https://app/callback?state=st&code=c");
  }

  CallInfo Info() { return {AnyCaller(), clock_.SteadyNow() + absl::Seconds(30)}; }
  CallDone Done() {
    return [this](absl::Status status) { answers_.push_back(std::move(status)); };
  }

  void Build() {
    handler_.BuildLoginUri(Info(), build_, &built_, Done());
    Settle();
  }
  void Exchange() {
    handler_.ExchangeCode(Info(), exchange_, &exchanged_, Done());
    Settle();
  }

  void ExpectRefusedFor(const std::string& field) {
    ASSERT_EQ(answers_.size(), 1u);
    const absl::optional<Refusal> refusal = RefusalOf(answers_[0]);
    ASSERT_TRUE(refusal.has_value()) << answers_[0];
    EXPECT_EQ(refusal->reason, Reason::kFieldInvalid);
    EXPECT_EQ(refusal->cause, field);
    EXPECT_TRUE(logins_.built.empty());
    EXPECT_TRUE(logins_.exchanged.empty());
    answers_.clear();
  }

  FakeLoginService logins_{loop_};
  LoginHandler handler_{logins_, loop_};
  v1::BuildLoginUriRequest build_;
  v1::BuildLoginUriResponse built_;
  v1::ExchangeCodeRequest exchange_;
  v1::ExchangeCodeResponse exchanged_;
  std::vector<absl::Status> answers_;
};

TEST_F(LoginHandlerTest, BeginsTheLoginThatTheRequestDescribes) {
  build_.set_tenant("music");
  build_.set_redirect_uri("https://app/callback");
  build_.add_scopes("a");
  build_.set_replace_scopes(true);
  build_.set_allow_account_change(true);
  (*build_.mutable_authorization_params())["show_dialog"] = "true";
  build_.set_caller_context(std::string("\x00\xFF", 2));
  Build();

  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].ok());
  ASSERT_EQ(logins_.built.size(), 1u);
  const BuildLoginUriRequest& login = logins_.built[0];
  EXPECT_EQ(login.key, (GrantKey{"music", "spotify", "user-42"}));
  EXPECT_EQ(login.caller, "anonymous");
  EXPECT_EQ(login.redirect_uri, "https://app/callback");
  EXPECT_THAT(login.scopes, ElementsAre("a"));
  EXPECT_TRUE(login.replace_scopes);
  EXPECT_TRUE(login.allow_account_change);
  EXPECT_THAT(login.authorization_params, ElementsAre(Pair("show_dialog", "true")));
  EXPECT_EQ(login.caller_context, std::string("\x00\xFF", 2));
  EXPECT_EQ(built_.login_uri(), "https://id/authorize");
  EXPECT_EQ(built_.state(), "st");
  EXPECT_EQ(built_.expire_time().seconds(), 0);
}

TEST_F(LoginHandlerTest, RefusesALoginWithoutSubject) {
  build_.clear_subject();
  Build();
  ExpectRefusedFor("subject");
}

TEST_F(LoginHandlerTest, RefusesAThirtyThirdParameter) {
  for (int i = 0; i < 33; ++i) {
    (*build_.mutable_authorization_params())["p" + std::to_string(i)] = "v";
  }
  Build();
  ExpectRefusedFor("authorization_params");
}

TEST_F(LoginHandlerTest, RefusesParametersWithoutNameOrTooLong) {
  (*build_.mutable_authorization_params())[""] = "v";
  Build();
  ExpectRefusedFor("authorization_params");
  build_.clear_authorization_params();
  (*build_.mutable_authorization_params())["p"] = std::string(2049, 'v');
  Build();
  ExpectRefusedFor("authorization_params");
}

TEST_F(LoginHandlerTest, RefusesWhatIsTooLarge) {
  build_.set_caller_context(std::string(2049, 'c'));
  Build();
  ExpectRefusedFor("caller_context");
  build_.clear_caller_context();
  build_.set_redirect_uri("https://app/" + std::string(2048, 'p'));
  Build();
  ExpectRefusedFor("redirect_uri");
  build_.clear_redirect_uri();
  for (int i = 0; i < 101; ++i) build_.add_scopes("s");
  Build();
  ExpectRefusedFor("scopes");
}

TEST_F(LoginHandlerTest, ExchangesACallbackAndGivesTheGrantItsTokenAndTheContext) {
  CompletedLogin login;
  login.grant.key = {"default", "spotify", "user-42"};
  login.grant.account = {"https://id", "acc-1"};
  login.grant.generation = 9;
  login.grant.scopes = {"a"};
  login.grant.refresh_token = Secret("rt-1");
  login.grant.access_token = Secret("at-1");
  login.grant.owner = "anonymous";
  login.grant.created_at = absl::FromUnixSeconds(100);
  login.grant.authorized_at = absl::FromUnixSeconds(200);
  login.grant.last_used_at = absl::FromUnixSeconds(200);
  login.grant.expires_at = absl::FromUnixSeconds(3800);
  login.grant.refresh_at = absl::FromUnixSeconds(3500);
  login.token = {MakeToken(9, "at-1"), TokenSource::kRefreshed};
  login.caller_context = "ctx";
  logins_.completed = login;
  exchange_.set_browser_state("st");
  Exchange();

  ASSERT_EQ(answers_.size(), 1u);
  ASSERT_TRUE(answers_[0].ok()) << answers_[0];
  ASSERT_EQ(logins_.exchanged.size(), 1u);
  EXPECT_EQ(logins_.exchanged[0].callback_uri, exchange_.callback_uri());
  EXPECT_EQ(logins_.exchanged[0].browser_state, "st");
  EXPECT_EQ(logins_.exchanged[0].caller, "anonymous");
  const v1::Grant& grant = exchanged_.grant();
  EXPECT_EQ(grant.subject(), "user-42");
  EXPECT_EQ(grant.account().id(), "acc-1");
  EXPECT_EQ(grant.state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_EQ(grant.state_reason(), "");
  EXPECT_EQ(grant.generation(), 9);
  EXPECT_TRUE(grant.refreshable());
  EXPECT_EQ(grant.create_time().seconds(), 100);
  EXPECT_EQ(grant.authorize_time().seconds(), 200);
  EXPECT_EQ(grant.expire_time().seconds(), 3800);
  EXPECT_EQ(grant.next_refresh_time().seconds(), 3500);
  EXPECT_FALSE(grant.has_last_refresh_time());
  EXPECT_EQ(exchanged_.token().access_token(), "at-1");
  EXPECT_EQ(exchanged_.caller_context(), "ctx");
  EXPECT_EQ(exchanged_.SerializeAsString().find("rt-1"), std::string::npos);
}

TEST_F(LoginHandlerTest, ShowsAGrantOfAFrozenProviderAsFrozen) {
  CompletedLogin login;
  login.frozen = true;
  logins_.completed = login;
  Exchange();
  EXPECT_EQ(exchanged_.grant().state(), v1::GRANT_STATE_FROZEN);
  EXPECT_FALSE(exchanged_.has_token());
  EXPECT_FALSE(exchanged_.grant().has_account());
}

TEST_F(LoginHandlerTest, TakesTheCallbackInParts) {
  exchange_.Clear();
  exchange_.set_state("st");
  exchange_.set_error("access_denied");
  exchange_.set_issuer("https://id");
  exchange_.set_subject("user-42");
  Exchange();
  ASSERT_EQ(logins_.exchanged.size(), 1u);
  EXPECT_EQ(logins_.exchanged[0].state, "st");
  EXPECT_EQ(logins_.exchanged[0].error, "access_denied");
  EXPECT_EQ(logins_.exchanged[0].issuer, "https://id");
  EXPECT_EQ(logins_.exchanged[0].subject, "user-42");
}

TEST_F(LoginHandlerTest, RefusesACallbackInBothForms) {
  exchange_.set_code("c");
  Exchange();
  ExpectRefusedFor("callback_uri");
}

TEST_F(LoginHandlerTest, RefusesACallbackInNoForm) {
  exchange_.Clear();
  Exchange();
  ExpectRefusedFor("callback_uri");
}

TEST_F(LoginHandlerTest, RefusesACodeBesideAnError) {
  exchange_.Clear();
  exchange_.set_state("st");
  exchange_.set_code("c");
  exchange_.set_error("access_denied");
  Exchange();
  ExpectRefusedFor("error");
}

TEST_F(LoginHandlerTest, RefusesHugeCallbacksAndStates) {
  exchange_.set_callback_uri(std::string(kMaxCallbackUriBytes + 1, 'c'));
  Exchange();
  ExpectRefusedFor("callback_uri");
  exchange_.Clear();
  exchange_.set_state(std::string(513, 's'));
  Exchange();
  ExpectRefusedFor("state");
}

TEST_F(LoginHandlerTest, PassesARefusalOn) {
  Refusal refusal;
  refusal.reason = Reason::kLoginNotBound;
  logins_.completed = ToStatus(refusal);
  Exchange();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(RefusalOf(answers_[0])->reason, Reason::kLoginNotBound);
}

TEST_F(LoginHandlerTest, AnswersAtTheDeadlineAndLetsTheExchangeGoOn) {
  Event gate(loop_);
  logins_.exchange_gate = &gate;
  {
    // A transport frees the response when the call has ended.
    auto response = std::make_unique<v1::ExchangeCodeResponse>();
    handler_.ExchangeCode(Info(), exchange_, response.get(), Done());
    Advance(absl::Milliseconds(29'999));
    EXPECT_TRUE(answers_.empty());
    Advance(absl::Milliseconds(1));
  }
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(logins_.finished, 0);
  gate.Notify();
  Settle();
  EXPECT_EQ(logins_.finished, 1);
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(LoginHandlerTest, LeavesNoTimerBehind) {
  Exchange();
  EXPECT_EQ(answers_.size(), 1u);
  EXPECT_EQ(loop_.NextTimer(), absl::nullopt);
}

TEST_F(LoginHandlerTest, DropsTheAnswerWhenTheLoopDropsItsTasks) {
  Event gate(loop_);
  logins_.exchange_gate = &gate;
  auto held = std::make_shared<int>(1);
  handler_.ExchangeCode(Info(), exchange_, &exchanged_,
                        [held](absl::Status) { ADD_FAILURE() << "answered"; });
  Settle();
  EXPECT_EQ(held.use_count(), 2);
  loop_.DropTasks();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace tokenbroker
