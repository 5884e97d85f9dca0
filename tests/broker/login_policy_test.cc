// What a caller's policy rule means for its logins.
#include <gmock/gmock.h>

#include "tests/broker/login_test.h"

namespace tokenbroker {
namespace {

class LoginPolicyTest : public LoginTest {
 protected:
  static Reason ReasonIn(const absl::Status& status) {
    const absl::optional<Refusal> refusal = RefusalOf(status);
    EXPECT_TRUE(refusal) << status;
    return refusal ? refusal->reason : Reason::kFieldInvalid;
  }
  // The callback of `login`, from a caller whose rule says this.
  ExchangeCodeRequest Callback(const LoginUri& login, LoginEnd end) {
    ExchangeCodeRequest request = Parts(login);
    request.permit = [end](const GrantKey&) { return end; };
    return request;
  }
};

TEST_F(LoginPolicyTest, ALoginAsksForNoScopeBeyondTheRules) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"write"};
  request.max_scopes = {{"read", "write"}};
  EXPECT_TRUE(TryBegin(request).ok());
  request.scopes = {"admin"};
  EXPECT_EQ(ReasonIn(TryBegin(request).status()), Reason::kCallerNotAllowed);
  // The provider's defaults ("read") count: they would be asked for.
  request.scopes = {"write"};
  request.max_scopes = {{"write"}};
  EXPECT_EQ(ReasonIn(TryBegin(request).status()), Reason::kCallerNotAllowed);
  request.replace_scopes = true;
  EXPECT_TRUE(TryBegin(request).ok());
}

TEST_F(LoginPolicyTest, ScopesThatTheGrantHasAlreadyAreNotTheCallersAsking) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"write"};
  ASSERT_TRUE(Exchange(Parts(Begin(request))).ok());
  request.scopes = {};
  request.max_scopes = {{"read"}};
  EXPECT_TRUE(TryBegin(request).ok());
}

TEST_F(LoginPolicyTest, ALoginWithinBoundsAsksForSomething) {
  BuildLoginUriRequest request = Request();
  request.replace_scopes = true;
  request.max_scopes = {{"read"}};
  EXPECT_EQ(ReasonIn(TryBegin(request).status()), Reason::kCallerNotAllowed)
      << "a provider that is asked for nothing may grant everything";
  request.max_scopes.reset();
  EXPECT_TRUE(TryBegin(request).ok());
}

TEST_F(LoginPolicyTest, AnotherOwnersGrantDoesNotShowInTheLoginUri) {
  BuildLoginUriRequest others = Request();
  others.caller = "other";
  others.scopes = {"secretly-granted"};
  ExchangeCodeRequest callback = Parts(Begin(others));
  callback.caller = "other";
  ASSERT_TRUE(Exchange(callback).ok());
  BuildLoginUriRequest request = Request();
  EXPECT_THAT(Begin(request).uri, testing::HasSubstr("secretly-granted"));
  request.owner = Owner::kSelf;
  EXPECT_THAT(Begin(request).uri, testing::Not(testing::HasSubstr("secretly-granted")));
}

TEST_F(LoginPolicyTest, ALoginComesBackToNoOtherPlaceThanTheRules) {
  BuildLoginUriRequest request = Request();
  request.redirect_uris = config_.Current()->FindProvider("music")->redirect_uris;
  EXPECT_TRUE(TryBegin(request).ok());
  request.redirect_uris = {{"https://another.example/callback"}};
  EXPECT_EQ(ReasonIn(TryBegin(request).status()), Reason::kCallerNotAllowed);
}

TEST_F(LoginPolicyTest, WhereBindingIsRequiredACallbackWithoutItNeverReachesTheProvider) {
  const LoginUri login = Begin(Request());
  ExchangeCodeRequest request = Callback(login, {BrowserBinding::kRequired, Owner::kAny});
  request.browser_state.clear();
  request.subject.clear();
  EXPECT_EQ(ReasonIn(Exchange(request).status()), Reason::kLoginNotBound);
  EXPECT_TRUE(endpoint_.exchanges().empty());
  request.browser_state = login.state;
  EXPECT_TRUE(Exchange(request).ok());
}

TEST_F(LoginPolicyTest, TheSignedInSubjectBindsToo) {
  const LoginUri login = Begin(Request());
  ExchangeCodeRequest request = Callback(login, {BrowserBinding::kRequired, Owner::kAny});
  request.browser_state.clear();
  request.subject = Request().key.subject;
  EXPECT_TRUE(Exchange(request).ok());
}

// The attacker began the login and sent the link; the victim's browser has no cookie of it.
TEST_F(LoginPolicyTest, AVictimWhoFinishesTheAttackersLinkGivesNothingAway) {
  const LoginUri attackers = Begin(Request());
  BuildLoginUriRequest victims_own = Request();
  victims_own.key.subject = "victim";
  const LoginUri victims = Begin(victims_own);
  ExchangeCodeRequest request = Callback(attackers, {BrowserBinding::kRequired, Owner::kAny});
  request.browser_state = victims.state;
  EXPECT_EQ(ReasonIn(Exchange(request).status()), Reason::kLoginNotBound);
  request.browser_state.clear();
  request.subject = "victim";
  EXPECT_EQ(ReasonIn(Exchange(request).status()), Reason::kLoginNotBound);
  EXPECT_TRUE(endpoint_.exchanges().empty());
}

TEST_F(LoginPolicyTest, APolicyThatChangedMeanwhileCounts) {
  ExchangeCodeRequest request = Parts(Begin(Request()));
  request.permit = [](const GrantKey&) { return absl::nullopt; };
  EXPECT_EQ(ReasonIn(Exchange(request).status()), Reason::kCallerNotAllowed);
  EXPECT_TRUE(endpoint_.exchanges().empty());
}

TEST_F(LoginPolicyTest, WhoMayReplaceItsOwnGrantsAloneReplacesNoOther) {
  BuildLoginUriRequest request = Request();
  request.caller = "other";
  ExchangeCodeRequest others = Parts(Begin(request));
  others.caller = "other";
  ASSERT_TRUE(Exchange(others).ok());
  const size_t before = endpoint_.exchanges().size();
  ExchangeCodeRequest mine = Callback(Begin(Request()), {BrowserBinding::kOptional, Owner::kSelf});
  EXPECT_EQ(ReasonIn(Exchange(mine).status()), Reason::kCallerNotAllowed);
  EXPECT_EQ(endpoint_.exchanges().size(), before) << "no code was presented";
  EXPECT_EQ(Stored().owner, "other");
}

TEST_F(LoginPolicyTest, WhoMayReplaceItsOwnGrantsDoes) {
  ASSERT_TRUE(LogIn().ok());
  EXPECT_TRUE(Exchange(Callback(Begin(Request()), {BrowserBinding::kOptional, Owner::kSelf})).ok());
}

}  // namespace
}  // namespace tokenbroker
