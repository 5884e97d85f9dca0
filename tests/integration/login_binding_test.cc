// Whose login it is: only the caller that began it finishes it, in the browser that it began in.
#include "tests/integration/broker_process.h"

namespace tokenbroker {
namespace {

constexpr char kWeb[] = "spiffe://test.example/ns/music/sa/web";
constexpr char kThief[] = "spiffe://test.example/ns/music/sa/thief";

// A web application's rule, as it should be: browser binding is required.
constexpr char kRules[] =
    "  - name: web\n"
    "    callers: [ \"spiffe://test.example/ns/music/sa/web\",\n"
    "               \"spiffe://test.example/ns/music/sa/thief\" ]\n"
    "    rpcs: [ \"*\" ]\n"
    "    providers: [ sim ]\n"
    "    subjects: [ \"*\" ]\n";

class LoginBindingTest : public BrokerProcessTest {
 protected:
  void SetUp() override {
    WritePolicy(std::string(kPlayerPolicy) + kRules);
    Start();
    web_ = CallerNamed(kWeb);
  }
  Outcome<v1::ExchangeCodeResponse> Finish(const std::string& callback,
                                           const std::string& browser_state,
                                           const std::string& subject = "") {
    v1::ExchangeCodeRequest request;
    request.set_callback_uri(callback);
    request.set_browser_state(browser_state);
    request.set_subject(subject);
    return web_->ExchangeCode(request);
  }
  uint64_t CodesPresented() { return provider().counters().GrantType("authorization_code"); }

  std::unique_ptr<BrokerClient> web_;
};

TEST_F(LoginBindingTest, ALoginThatAnotherCallerBeganIsNotFoundAndStaysItsOwners) {
  const auto begun = web_->BuildLoginUri("user-42");
  ASSERT_TRUE(begun.ok()) << begun.status.error_message();
  v1::ExchangeCodeRequest request;
  request.set_callback_uri(Approve(begun.response.login_uri()));
  request.set_browser_state(begun.response.state());
  const auto stolen = CallerNamed(kThief)->ExchangeCode(request);
  EXPECT_EQ(stolen.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(stolen.error.reason, "LOGIN_NOT_FOUND");
  v1::ExchangeCodeRequest invented;
  invented.set_callback_uri("https://app.example.com/callback?code=x&state=unknown");
  const auto unknown = CallerNamed(kThief)->ExchangeCode(invented);
  EXPECT_EQ(stolen.status.error_message(), unknown.status.error_message());
  EXPECT_EQ(stolen.status.error_details(), unknown.status.error_details());
  EXPECT_EQ(ExchangeCode(request).error.reason, "LOGIN_NOT_FOUND")
      << "the player may all, but this";
  EXPECT_EQ(CodesPresented(), 0u);
  const auto finished = web_->ExchangeCode(request);
  EXPECT_TRUE(finished.ok()) << finished.status.error_message();
  EXPECT_EQ(finished.response.grant().owner(), kWeb);
}

TEST_F(LoginBindingTest, WithoutTheBrowsersStateNothingIsFinishedWhereItIsRequired) {
  const auto begun = web_->BuildLoginUri("user-42");
  const std::string callback = Approve(begun.response.login_uri());
  const auto unbound = web_->ExchangeCallback(callback);
  EXPECT_EQ(unbound.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(unbound.error.reason, "LOGIN_NOT_BOUND");
  EXPECT_EQ(CodesPresented(), 0u);
  EXPECT_TRUE(Finish(callback, begun.response.state()).ok());
}

// The attacker begins a login and sends the victim its link: whoever finished it would put the
// victim's account under the attacker's subject.
TEST_F(LoginBindingTest, AVictimWhoFinishesTheAttackersLinkGivesNothingAway) {
  const auto attackers = web_->BuildLoginUri("attacker");
  const auto victims = web_->BuildLoginUri("victim");
  const std::string callback = Approve(attackers.response.login_uri(), "bob");
  EXPECT_EQ(Finish(callback, "").error.reason, "LOGIN_NOT_BOUND") << "no cookie of any login";
  EXPECT_EQ(Finish(callback, victims.response.state()).error.reason, "LOGIN_NOT_BOUND");
  EXPECT_EQ(Finish(callback, "", "victim").error.reason, "LOGIN_NOT_BOUND");
  EXPECT_EQ(Finish(callback, victims.response.state(), "attacker").error.reason, "LOGIN_NOT_BOUND")
      << "one that fits does not make up for one that does not";
  EXPECT_EQ(CodesPresented(), 0u);
  EXPECT_EQ(web_->GetToken("attacker").error.reason, "GRANT_NOT_FOUND");
  EXPECT_EQ(web_->GetToken("victim").error.reason, "GRANT_NOT_FOUND");
  const std::string own = Approve(victims.response.login_uri(), "bob");
  EXPECT_TRUE(Finish(own, victims.response.state()).ok()) << "the victim's own login goes on";
}

}  // namespace
}  // namespace tokenbroker
