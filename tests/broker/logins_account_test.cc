#include <gmock/gmock.h>

#include "tests/broker/login_test.h"

namespace tokenbroker {
namespace {

class LoginsAccountTest : public LoginTest {
 protected:
  // A whole login whose ID token says `subject`.
  Result LogInAs(std::string subject, std::string refresh_token = "refresh-1",
                 BuildLoginUriRequest request = Request()) {
    const LoginUri uri = Begin(std::move(request));
    endpoint_.AnswerExchange(OpenIdAnswer(uri, std::move(subject), std::move(refresh_token)));
    return Exchange(Parts(uri));
  }

  // A whole login with an ID token that `spoil` has changed.
  template <typename Spoil>
  Result LogInWithSpoiled(Spoil spoil) {
    const LoginUri uri = Begin();
    TokenAnswer answer = OpenIdAnswer(uri, "alice", "refresh-spoiled");
    spoil(&answer);
    endpoint_.AnswerExchange(std::move(answer));
    Result result = Exchange(Parts(uri));
    Settle();
    return result;
  }

  std::vector<std::string> Revoked() const {
    std::vector<std::string> revoked;
    for (const RevocationRequest& request : endpoint_.revocations()) {
      revoked.push_back(
          absl::StrCat(request.token_type_hint, "=", std::string(request.token.Expose())));
    }
    return revoked;
  }
};

using IdTokenSpoiler = void (*)(IdTokenClaims*);
struct SpoiledClaim {
  const char* cause;
  IdTokenSpoiler spoil;
};

TEST_F(LoginsAccountTest, KeepsTheAccountOfTheIdToken) {
  ConfigureOpenId();
  const Result login = LogInAs("alice");
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(Stored().account, (Account{kIssuer, "alice"}));
}

TEST_F(LoginsAccountTest, AnIdTokenThatIsNotThisLoginsStoresNothingAndRevokesTheTokens) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice").ok());
  const Grant before = Stored();
  const SpoiledClaim kSpoiled[] = {
      {"nonce", [](IdTokenClaims* claims) { claims->nonce = "another login's"; }},
      {"issuer", [](IdTokenClaims* claims) { claims->issuer = "https://evil.example.com"; }},
      {"audience", [](IdTokenClaims* claims) { claims->audience = {"client-2"}; }},
      {"authorized_party", [](IdTokenClaims* claims) { claims->authorized_party = "client-2"; }},
      {"expiry", [](IdTokenClaims* claims) { *claims->expires_at -= absl::Hours(1); }},
      {"issue_time", [](IdTokenClaims* claims) { *claims->issued_at += absl::Hours(1); }},
  };
  size_t revocations = 0;
  for (const SpoiledClaim& spoiled : kSpoiled) {
    const Result refused = LogInWithSpoiled(
        [&](TokenAnswer* answer) { spoiled.spoil(&answer->tokens->id_token->value()); });
    EXPECT_EQ(Why(refused), "ID_TOKEN_INVALID") << spoiled.cause;
    EXPECT_EQ(RefusalOf(refused.status())->cause, spoiled.cause);
    EXPECT_EQ(RefusalOf(refused.status())->caller_context, "context");
    EXPECT_EQ(Stored().generation, before.generation);
    EXPECT_EQ(Stored().refresh_token, before.refresh_token);
    EXPECT_EQ(endpoint_.revocations().size(), revocations += 2) << spoiled.cause;
  }
  EXPECT_EQ(Revoked().front(), "refresh_token=refresh-spoiled");
  EXPECT_EQ(Revoked().back(), "access_token=access-1");
  EXPECT_EQ(cache_.Peek(Request().key.view())->generation, before.generation);
}

TEST_F(LoginsAccountTest, RevokesOnlyWhatTheProviderGave) {
  ConfigureOpenId();
  EXPECT_FALSE(LogInWithSpoiled([](TokenAnswer* answer) {
                 answer->tokens->id_token->value().nonce = "another login's";
                 answer->tokens->refresh_token = Secret();
               }).ok());
  EXPECT_EQ(Revoked(), (std::vector<std::string>{"access_token=access-1"}));
}

TEST_F(LoginsAccountTest, AMissingOrUnreadableIdTokenIsRefused) {
  ConfigureOpenId();
  EXPECT_EQ(
      Why(LogInWithSpoiled([](TokenAnswer* answer) { answer->tokens->id_token = absl::nullopt; })),
      "ID_TOKEN_INVALID");
  EXPECT_EQ(Why(LogInWithSpoiled([](TokenAnswer* answer) {
              answer->tokens->id_token.emplace(absl::InvalidArgumentError("not a JWT"));
            })),
            "ID_TOKEN_INVALID");
  EXPECT_EQ(Load().outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_F(LoginsAccountTest, ARefusedIdTokenIsTheLoginsEnd) {
  ConfigureOpenId();
  const LoginUri uri = Begin();
  TokenAnswer answer = OpenIdAnswer(uri, "alice");
  answer.tokens->id_token->value().nonce = "another login's";
  endpoint_.AnswerExchange(std::move(answer));
  EXPECT_EQ(Why(Exchange(Parts(uri))), "ID_TOKEN_INVALID");
  EXPECT_EQ(Why(Exchange(Parts(uri))), "ID_TOKEN_INVALID");
  EXPECT_EQ(endpoint_.exchanges().size(), 1u);
}

TEST_F(LoginsAccountTest, AProviderThatCannotRevokeIsNotAsked) {
  ConfigureOpenId();
  ProviderConfig config = PlainProvider();
  config.issuer = kIssuer;
  config.scopes = {"openid"};
  Configure(config);
  EXPECT_EQ(Why(LogInWithSpoiled([](TokenAnswer* answer) {
              answer->tokens->id_token->value().nonce = "another login's";
            })),
            "ID_TOKEN_INVALID");
  EXPECT_TRUE(endpoint_.revocations().empty());
}

TEST_F(LoginsAccountTest, ARevocationThatFailsChangesNoAnswer) {
  ConfigureOpenId();
  endpoint_.AnswerRevoke(absl::UnavailableError("down"));
  EXPECT_EQ(Why(LogInWithSpoiled([](TokenAnswer* answer) {
              answer->tokens->id_token->value().nonce = "another login's";
            })),
            "ID_TOKEN_INVALID");
  EXPECT_TRUE(logins_.Idle());
}

// Many providers end a user's whole consent when one of its tokens is revoked, and bob may be
// another subject here.
TEST_F(LoginsAccountTest, ALoginAsAnotherAccountLeavesTheGrantsOfBoth) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice").ok());
  const Grant before = Stored();
  const Result refused = LogInAs("bob", "refresh-bob");
  Settle();
  EXPECT_EQ(Why(refused), "ACCOUNT_MISMATCH");
  EXPECT_EQ(RefusalOf(refused.status())->generation, before.generation);
  EXPECT_EQ(Stored().generation, before.generation);
  EXPECT_EQ(Stored().account.id, "alice");
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-1"));
  EXPECT_TRUE(Revoked().empty());
}

TEST_F(LoginsAccountTest, AnotherAccountReplacesTheGrantWhenTheCallerSaysSo) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice").ok());
  BuildLoginUriRequest request = Request();
  request.allow_account_change = true;
  ASSERT_TRUE(LogInAs("bob", "refresh-bob", request).ok());
  EXPECT_EQ(Stored().account.id, "bob");
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-bob"));
  EXPECT_TRUE(endpoint_.revocations().empty());
}

TEST_F(LoginsAccountTest, AnotherAccountNeverInheritsTheRefreshToken) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice").ok());
  BuildLoginUriRequest request = Request();
  request.allow_account_change = true;
  ASSERT_TRUE(LogInAs("bob", "", request).ok());
  EXPECT_EQ(Stored().account.id, "bob");
  EXPECT_FALSE(Stored().refreshable());
}

TEST_F(LoginsAccountTest, AReloginWithoutRefreshTokenInheritsThatOfTheSameAccount) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice", "refresh-old").ok());
  const Grant before = Stored();
  Advance(absl::Hours(2));
  const Result again = LogInAs("alice", "");
  ASSERT_TRUE(again.ok()) << again.status();
  const Grant after = Stored();
  EXPECT_GT(after.generation, before.generation);
  EXPECT_EQ(after.refresh_token, Secret("refresh-old"));
  EXPECT_EQ(after.refresh_token_generation, before.refresh_token_generation);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(again->grant.created_at, before.created_at);
  EXPECT_EQ(again->grant.refresh_token_generation, before.refresh_token_generation);
  EXPECT_TRUE(after.refresh_at.has_value());
}

TEST_F(LoginsAccountTest, AReloginThatInheritsWaitsForWhatAFailoverLost) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice", "refresh-old").ok());
  Grant lost = Stored();
  Advance(absl::Hours(2));
  store_.faults().BeginSettling();
  const LoginUri uri = Begin();
  endpoint_.AnswerExchange(OpenIdAnswer(uri, "alice", ""));
  const Future<Result> again = Start(logins_.ExchangeCode(Parts(uri)));
  Advance(absl::Seconds(1));
  ASSERT_FALSE(again->has_value()) << "refresh-old may have been replaced";
  PutGrantRequest restore;
  restore.kind = PutKind::kRestore;
  restore.attempt = "of-another-replica";
  restore.generation = lost.refresh_token_generation = lost.generation + 1;
  restore.not_after = SteadyTime::InfiniteFuture();
  lost.refresh_token = Secret("refresh-new");
  restore.record = lost;
  ASSERT_EQ(Run(store_.PutGrant(restore)).outcome, PutGrantAnswer::Outcome::kStored);
  store_.faults().EndSettling();
  Advance(absl::Seconds(4));
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ(Why(**again), "OK");
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-new"));
  EXPECT_GT(Stored().login_generation, restore.generation);
  EXPECT_TRUE(spill_.kept.empty());
}

TEST_F(LoginsAccountTest, AReloginWaitsForNoStoreToSettleWhereNothingRotates) {
  ProviderConfig config = PlainProvider();
  config.issuer = kIssuer;
  config.scopes = {"openid"};
  config.refresh.rotation = Rotation::kNone;
  Configure(config);
  ASSERT_TRUE(LogInAs("alice", "refresh-old").ok());
  store_.faults().BeginSettling();
  Advance(absl::Seconds(1));
  EXPECT_TRUE(LogInAs("alice", "").ok());
  EXPECT_EQ(Stored().refresh_token, Secret("refresh-old"));
}

TEST_F(LoginsAccountTest, AnInheritedRefreshTokenDiesWhenItWouldHave) {
  ProviderConfig config = PlainProvider();
  config.issuer = kIssuer;
  config.scopes = {"openid"};
  config.refresh.refresh_token_lifetime = absl::Hours(4320);
  Configure(config);
  ASSERT_TRUE(LogInAs("alice", "refresh-old").ok());
  const Grant before = Stored();
  Advance(absl::Hours(100));
  ASSERT_TRUE(LogInAs("alice", "").ok());
  EXPECT_EQ(Stored().reauthorize_at, before.reauthorize_at);
  EXPECT_GT(Stored().authorized_at, before.authorized_at);
}

TEST_F(LoginsAccountTest, AReloginOfAnUnknownAccountWithoutRefreshTokenHasNone) {
  ASSERT_TRUE(LogIn().ok());
  ASSERT_TRUE(Stored().refreshable());
  endpoint_.AnswerExchange(TokensAnswer("access-2", ""));
  const Result again = LogIn();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(Stored().refreshable());
  EXPECT_EQ(Stored().refresh_at, absl::nullopt);
  EXPECT_FALSE(again->token.token->refreshable);
}

TEST_F(LoginsAccountTest, LearnsTheAccountFromTheUserinfoEndpoint) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_TRUE(LogIn().ok());
  EXPECT_EQ(Stored().account, (Account{"", "alice"}));
  endpoint_.AnswerAccount(Account{"", "bob"});
  EXPECT_EQ(Why(LogIn()), "ACCOUNT_MISMATCH");
  EXPECT_EQ(Stored().account.id, "alice");
}

TEST_F(LoginsAccountTest, AFirstLoginSucceedsWithoutItsAccount) {
  ConfigureUserinfo();
  ASSERT_TRUE(LogIn().ok());
  EXPECT_FALSE(Stored().account.known());
  EXPECT_EQ(endpoint_.account_requests(), 2);
}

TEST_F(LoginsAccountTest, AKnownAccountIsNotReplacedByOneThatCouldNotBeLearned) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_TRUE(LogIn().ok());
  const Grant before = Stored();
  endpoint_.AnswerAccount(absl::UnavailableError("down"));
  const LoginUri uri = Begin();
  const Result refused = Exchange(Parts(uri));
  EXPECT_EQ(Why(refused), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(RefusalOf(refused.status())->cause, "account_unknown");
  EXPECT_EQ(RefusalOf(refused.status())->retry_after, absl::nullopt);
  EXPECT_EQ(Stored().generation, before.generation);
  Settle();
  EXPECT_TRUE(endpoint_.revocations().empty());
  // Final: the code is spent.
  endpoint_.AnswerAccount(Account{"", "alice"});
  EXPECT_EQ(Why(Exchange(Parts(uri))), "PROVIDER_UNAVAILABLE");

  BuildLoginUriRequest request = Request();
  request.allow_account_change = true;
  endpoint_.AnswerAccount(absl::UnavailableError("down"));
  EXPECT_TRUE(LogIn(request).ok());
}

TEST_F(LoginsAccountTest, AKnownAccountIsNotReplacedByOneThatTheProviderDoesNotTell) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice").ok());
  const Grant before = Stored();
  BuildLoginUriRequest request = Request();
  request.replace_scopes = true;
  request.scopes = {"read"};
  const Result refused = LogIn(request);
  Settle();
  EXPECT_EQ(Why(refused), "ACCOUNT_MISMATCH");
  EXPECT_EQ(RefusalOf(refused.status())->cause, "account_unknown");
  EXPECT_EQ(Stored().generation, before.generation);
  EXPECT_TRUE(endpoint_.revocations().empty());
}

TEST_F(LoginsAccountTest, AnIdOfTheUserinfoEndpointAndOneOfAnIdTokenAreNotCompared) {
  ConfigureUserinfo();
  endpoint_.AnswerAccount(Account{"", "alice"});
  ASSERT_TRUE(LogIn().ok());
  ConfigureOpenId();
  const Result refused = LogInAs("alice");
  EXPECT_EQ(Why(refused), "ACCOUNT_MISMATCH");
  EXPECT_EQ(RefusalOf(refused.status())->cause, "account_unknown");
  EXPECT_EQ(Stored().account, (Account{"", "alice"}));
}

TEST_F(LoginsAccountTest, ALoginThatCameBetweenIsComparedAgain) {
  ConfigureOpenId();
  const LoginUri slow = Begin();
  endpoint_.AnswerExchange(OpenIdAnswer(slow, "bob"));
  endpoint_.SetLatency(absl::Seconds(5));
  const Future<Result> bob = Start(logins_.ExchangeCode(Parts(slow)));
  endpoint_.SetLatency(absl::Seconds(1));
  const LoginUri quick = Begin();
  endpoint_.AnswerExchange(OpenIdAnswer(quick, "alice", "refresh-alice"));
  const Future<Result> alice = Start(logins_.ExchangeCode(Parts(quick, "code-2")));
  endpoint_.SetLatency(absl::ZeroDuration());
  Advance(absl::Seconds(10));
  EXPECT_EQ(Why(alice->value()), "OK");
  EXPECT_EQ(Why(bob->value()), "ACCOUNT_MISMATCH");
  EXPECT_EQ(Stored().account.id, "alice");
}

TEST_F(LoginsAccountTest, ADeletedGrantsAccountBindsNobody) {
  ConfigureOpenId();
  ASSERT_TRUE(LogInAs("alice").ok());
  const int64_t generation = Stored().generation;
  PutGrantRequest remove;
  remove.kind = PutKind::kDelete;
  remove.attempt = "delete";
  remove.not_after = SteadyTime::InfiniteFuture();
  remove.record.key = Request().key;
  ASSERT_EQ(Run(store_.PutGrant(remove)).outcome, PutGrantAnswer::Outcome::kStored);
  ASSERT_TRUE(LogInAs("bob").ok());
  EXPECT_EQ(Stored().account.id, "bob");
  EXPECT_GT(Stored().generation, generation + 1);
}

}  // namespace
}  // namespace tokenbroker
