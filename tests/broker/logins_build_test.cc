#include <gmock/gmock.h>

#include "tests/broker/login_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class LoginsBuildTest : public LoginTest {};

TEST_F(LoginsBuildTest, SendsTheUserToTheProviderWithAFreshStateAndAChallenge) {
  const LoginUri first = Begin();
  const LoginUri second = Begin();
  EXPECT_THAT(first.uri, StartsWith("https://music.example.com/authorize?"));
  EXPECT_THAT(first.uri, HasSubstr("code_challenge_method=S256"));
  EXPECT_EQ(Parameter(first.uri, "client_id"), "client-1");
  EXPECT_EQ(Parameter(first.uri, "scope"), "read");
  EXPECT_EQ(Parameter(first.uri, "code_challenge").size(), 43u);
  EXPECT_EQ(Parameter(first.uri, "nonce"), "");
  EXPECT_THAT(first.state, StartsWith(store_.StatePrefix(Request().key)));
  EXPECT_GE(first.state.size(), 43u);
  EXPECT_NE(first.state, second.state);
  EXPECT_EQ(first.expire_time, clock_.TimeNow() + absl::Minutes(10));
}

TEST_F(LoginsBuildTest, ChallengesNothingWherePkceIsDisabled) {
  ProviderConfig config = PlainProvider();
  config.pkce = Pkce::kDisabled;
  Configure(config);
  const LoginUri login = Begin();
  EXPECT_EQ(Parameter(login.uri, "code_challenge"), "");
  ASSERT_TRUE(Exchange(Parts(login)).ok());
  EXPECT_TRUE(endpoint_.exchanges().at(0).code_verifier.empty());
}

TEST_F(LoginsBuildTest, SendsANonceWhenOpenIdIsAsked) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"openid"};
  EXPECT_EQ(Parameter(Begin(request).uri, "nonce").size(), 43u);
}

TEST_F(LoginsBuildTest, AsksForTheDefaultsTheRequestsAndTheGrantsScopes) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"write"};
  ASSERT_TRUE(LogIn(request).ok());
  request.scopes = {"delete", "read"};
  EXPECT_EQ(Parameter(Begin(request).uri, "scope"), "read%20delete%20write");
}

TEST_F(LoginsBuildTest, AsksForNothingThatIsNoScopeThoughTheGrantHasIt) {
  TokenAnswer answer = TokensAnswer("access-1", "refresh-1");
  answer.tokens->scopes = std::vector<std::string>{"two words", "write"};
  endpoint_.AnswerExchange(std::move(answer));
  ASSERT_TRUE(LogIn().ok());
  EXPECT_EQ(Parameter(Begin().uri, "scope"), "read%20write");
}

TEST_F(LoginsBuildTest, AsksForNothingElseWhenScopesAreReplaced) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"write"};
  ASSERT_TRUE(LogIn(request).ok());
  request.scopes = {"delete"};
  request.replace_scopes = true;
  EXPECT_EQ(Parameter(Begin(request).uri, "scope"), "delete");
}

TEST_F(LoginsBuildTest, DoesNotAskForTheScopesOfARevokedGrant) {
  BuildLoginUriRequest request = Request();
  request.scopes = {"write"};
  ASSERT_TRUE(LogIn(request).ok());
  PutGrantRequest revoke;
  revoke.kind = PutKind::kRevoke;
  revoke.attempt = "revoke";
  revoke.not_after = SteadyTime::InfiniteFuture();
  revoke.record.key = Request().key;
  ASSERT_EQ(Run(store_.PutGrant(revoke)).outcome, PutGrantAnswer::Outcome::kStored);
  EXPECT_EQ(Parameter(Begin().uri, "scope"), "read");
}

TEST_F(LoginsBuildTest, TakesASubjectOf256BytesAndRefuses257) {
  BuildLoginUriRequest request = Request();
  request.key.subject = std::string(256, 's');
  EXPECT_TRUE(LogIn(request).ok());
  request.key.subject = std::string(257, 's');
  EXPECT_EQ(Why(TryBegin(request).status()), "FIELD_INVALID");
  request.key.subject = std::string(10000, 's');
  EXPECT_EQ(Why(TryBegin(request).status()), "FIELD_INVALID");
  request.key.subject = "";
  EXPECT_EQ(Why(TryBegin(request).status()), "FIELD_INVALID");
}

TEST_F(LoginsBuildTest, RefusesAProviderThatIsNotConfigured) {
  BuildLoginUriRequest request = Request();
  request.key.provider = "films";
  EXPECT_EQ(Why(TryBegin(request).status()), "PROVIDER_UNKNOWN");
}

TEST_F(LoginsBuildTest, RefusesARedirectUriThatIsNotConfigured) {
  BuildLoginUriRequest request = Request();
  request.redirect_uri = "https://evil.example.com/callback";
  EXPECT_EQ(Why(TryBegin(request).status()), "REDIRECT_URI_NOT_ALLOWED");
}

TEST_F(LoginsBuildTest, RefusesReservedAndUnlistedParameters) {
  for (const char* name : {"client_id", "state", "code_challenge", "request_uri", "prompt"}) {
    BuildLoginUriRequest request = Request();
    request.authorization_params = {{name, "x"}};
    EXPECT_EQ(Why(TryBegin(request).status()), "FIELD_INVALID") << name;
  }
  EXPECT_EQ(store_.login_records(), 0u);
}

TEST_F(LoginsBuildTest, PassesAnAllowListedParameterOn) {
  ProviderConfig config = PlainProvider();
  config.allowed_authorization_params = {"prompt"};
  Configure(config);
  BuildLoginUriRequest request = Request();
  request.authorization_params = {{"prompt", "consent"}};
  EXPECT_EQ(Parameter(Begin(request).uri, "prompt"), "consent");
}

TEST_F(LoginsBuildTest, BoundsWhatACallerMayAsk) {
  BuildLoginUriRequest context = Request();
  context.caller_context = std::string(2048, 'c');
  EXPECT_TRUE(TryBegin(context).ok());
  context.caller_context = std::string(2049, 'c');
  EXPECT_EQ(Why(TryBegin(context).status()), "FIELD_INVALID");

  BuildLoginUriRequest scopes = Request();
  scopes.scopes.assign(kMaxRequestScopes + 1, "s");
  EXPECT_EQ(Why(TryBegin(scopes).status()), "FIELD_INVALID");
  scopes.scopes = {std::string(kMaxScopeBytes + 1, 's')};
  EXPECT_EQ(Why(TryBegin(scopes).status()), "FIELD_INVALID");
  scopes.scopes = {"two words"};
  EXPECT_EQ(Why(TryBegin(scopes).status()), "SCOPE_INVALID");

  ProviderConfig config = PlainProvider();
  BuildLoginUriRequest params = Request();
  for (size_t i = 0; i <= kMaxAuthorizationParams; ++i) {
    params.authorization_params[absl::StrCat("p", i)] = "x";
    config.allowed_authorization_params.push_back(absl::StrCat("p", i));
  }
  Configure(config);
  EXPECT_EQ(Why(TryBegin(params).status()), "FIELD_INVALID");
  params.authorization_params.erase("p0");
  EXPECT_TRUE(TryBegin(params).ok());
}

TEST_F(LoginsBuildTest, SaysThatTheStoreIsAway) {
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable, {}});
  EXPECT_EQ(Why(TryBegin().status()), "STORE_UNAVAILABLE");
  store_.faults().Inject(StoreVerb::kCreateLogin, {StoreFault::What::kUnavailable, {}});
  EXPECT_EQ(Why(TryBegin().status()), "STORE_UNAVAILABLE");
  store_.faults().BeginNoStore();
  EXPECT_EQ(Why(TryBegin().status()), "STORE_UNAVAILABLE");
  store_.faults().EndNoStore();
  EXPECT_TRUE(TryBegin().ok());
}

TEST_F(LoginsBuildTest, PassesOnWhyTheProviderIsNotKnown) {
  Refusal refusal;
  refusal.reason = Reason::kProviderUnavailable;
  resolver_.Fail("music", ToStatus(refusal));
  EXPECT_EQ(Why(TryBegin().status()), "PROVIDER_UNAVAILABLE");
}

TEST_F(LoginsBuildTest, LimitsThePendingLoginsOfOneCallerForTenMinutes) {
  Logins logins(parts_, store_, {.pending_per_caller = 3});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Run(logins.BuildLoginUri(Request())).ok());
    Advance(absl::Minutes(1));
  }
  const absl::Status refused = Run(logins.BuildLoginUri(Request())).status();
  EXPECT_EQ(Why(refused), "QUOTA_EXCEEDED");
  EXPECT_EQ(RefusalOf(refused)->provider, "music");
  EXPECT_EQ(RefusalOf(refused)->retry_after, absl::Minutes(7));
  BuildLoginUriRequest other = Request();
  other.caller = "other";
  EXPECT_TRUE(Run(logins.BuildLoginUri(other)).ok());
  Advance(absl::Minutes(7));
  EXPECT_TRUE(Run(logins.BuildLoginUri(Request())).ok());
  EXPECT_EQ(Why(Run(logins.BuildLoginUri(Request())).status()), "QUOTA_EXCEEDED");
}

TEST_F(LoginsBuildTest, TheLimitIsTheFleetsAndEachReplicaCountsItsShare) {
  Logins logins(parts_, store_, {.pending_per_caller = 6});
  store_.SetLiveReplicas(3);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Run(logins.BuildLoginUri(Request())).ok());
  EXPECT_EQ(Why(Run(logins.BuildLoginUri(Request())).status()), "QUOTA_EXCEEDED");
  store_.SetLiveReplicas(1);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Run(logins.BuildLoginUri(Request())).ok());
  EXPECT_EQ(Why(Run(logins.BuildLoginUri(Request())).status()), "QUOTA_EXCEEDED");
}

TEST_F(LoginsBuildTest, ALoginThatIsOverIsPendingNoMore) {
  Logins logins(parts_, store_, {.pending_per_caller = 2});
  for (int i = 0; i < 10; ++i) {
    const absl::StatusOr<LoginUri> uri = Run(logins.BuildLoginUri(Request()));
    ASSERT_TRUE(uri.ok()) << uri.status();
    ASSERT_TRUE(Run(logins.ExchangeCode(Parts(*uri))).ok());
    ASSERT_TRUE(Run(logins.ExchangeCode(Parts(*uri))).ok()) << "a retry ends nothing";
  }
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Run(logins.BuildLoginUri(Request())).ok());
  EXPECT_EQ(Why(Run(logins.BuildLoginUri(Request())).status()), "QUOTA_EXCEEDED");
}

TEST_F(LoginsBuildTest, ALoginThatWasNotStoredDoesNotCount) {
  Logins logins(parts_, store_, {.pending_per_caller = 1});
  store_.faults().Inject(StoreVerb::kCreateLogin, {StoreFault::What::kUnavailable, {}}, 5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Why(Run(logins.BuildLoginUri(Request())).status()), "STORE_UNAVAILABLE");
  }
  EXPECT_TRUE(Run(logins.BuildLoginUri(Request())).ok());
}

TEST_F(LoginsBuildTest, AFrozenProviderStillBuildsUrisAndTriesCodes) {
  const ProviderConfig config = PlainProvider();
  ProviderGate& gate = parts_.gates.For("music");
  gate.Misconfigured(config, config.client_secrets[0], "invalid_client");
  ASSERT_TRUE(gate.IsFrozen(config));
  const Result login = LogIn();
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_TRUE(login->frozen);
}

}  // namespace
}  // namespace tokenbroker
