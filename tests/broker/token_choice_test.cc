#include "broker/token_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/with_traits.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

const SteadyTime kIssued = SteadyTime::FromOrigin(absl::Hours(5));

CachedToken TokenOfLife(absl::Duration life) {
  CachedToken token;
  token.generation = 7;
  token.access_token = Secret("access");
  ChangeTraits(&token, [](TokenTraits* t) { t->scopes = {"read", "write"}; });
  token.issued = kIssued;
  token.expires = kIssued + life;
  token.refresh_due = kIssued + life - life / 5;
  return token;
}

FreshTokenQuery AnyToken() {
  FreshTokenQuery query;
  query.key = {"default", "spotify", "user-42"};
  return query;
}

FreshTokenQuery WithMinTtl(absl::Duration min_ttl) {
  FreshTokenQuery query = AnyToken();
  query.min_ttl = min_ttl;
  return query;
}

FreshTokenQuery Rejecting(int64_t generation) {
  FreshTokenQuery query = AnyToken();
  query.rejected_generation = generation;
  return query;
}

Refusal RefusalAt(const CachedToken& token, const FreshTokenQuery& query, SteadyTime now) {
  const Shortcoming shortcoming = WhatStandsInTheWay(token, query, now);
  EXPECT_EQ(shortcoming.remedy, Shortcoming::Remedy::kNone);
  return RefusalOf(shortcoming.refusal).value_or(Refusal());
}

bool NeedsRefresh(const CachedToken& token, const FreshTokenQuery& query, SteadyTime now) {
  return WhatStandsInTheWay(token, query, now).remedy == Shortcoming::Remedy::kRefresh;
}

TEST(TokenChoiceTest, ServesUntilFiveSecondsBeforeTheEndOfAnHour) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  EXPECT_TRUE(Answers(token, AnyToken(), token.expires - absl::Seconds(6)));
  EXPECT_FALSE(Answers(token, AnyToken(), token.expires - absl::Seconds(5)));
  EXPECT_TRUE(NeedsRefresh(token, AnyToken(), token.expires - absl::Seconds(5)));
}

TEST(TokenChoiceTest, MinTtlIsMoreThanNotAtLeast) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  const FreshTokenQuery query = WithMinTtl(absl::Minutes(5));
  EXPECT_TRUE(Answers(token, query, token.expires - absl::Minutes(5) - absl::Milliseconds(1)));
  EXPECT_FALSE(Answers(token, query, token.expires - absl::Minutes(5)));
}

TEST(TokenChoiceTest, AZeroMinTtlServesToTheVeryEndAndNoLonger) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  const FreshTokenQuery query = WithMinTtl(absl::ZeroDuration());
  EXPECT_TRUE(Answers(token, query, token.expires - absl::Milliseconds(1)));
  EXPECT_FALSE(Answers(token, query, token.expires));
}

TEST(TokenChoiceTest, ATokenWithoutKnownExpiryAnswersEveryMinTtl) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  token.expires = SteadyTime::InfiniteFuture();
  token.refresh_due = SteadyTime::InfiniteFuture();
  EXPECT_TRUE(Answers(token, WithMinTtl(absl::Hours(1000)), kIssued + absl::Hours(5000)));
  EXPECT_FALSE(IsDue(token, kIssued + absl::Hours(5000)));
}

TEST(TokenChoiceTest, DueIsNotExpired) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  const SteadyTime due = kIssued + absl::Minutes(48);
  EXPECT_FALSE(IsDue(token, due - absl::Seconds(1)));
  EXPECT_TRUE(IsDue(token, due));
  EXPECT_TRUE(Answers(token, AnyToken(), due));
}

TEST(TokenChoiceTest, AMinTtlBeyondTheWholeLifeIsTriedOnceAndThenRefused) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  const FreshTokenQuery query = WithMinTtl(absl::Hours(2));
  const SteadyTime later = kIssued + absl::Minutes(10);
  EXPECT_TRUE(NeedsRefresh(token, query, later));
  ChangeTraits(&token, [](TokenTraits* t) { t->unmet_ttl = absl::Hours(1); });
  EXPECT_EQ(RefusalAt(token, query, later).reason, Reason::kMinTtlUnsatisfiable);
}

TEST(TokenChoiceTest, AnAlmostNewTokenIsNotRefreshedForAMinTtlCloseToItsLife) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  const FreshTokenQuery query = WithMinTtl(absl::Minutes(60) - absl::Seconds(10));
  const Refusal refusal = RefusalAt(token, query, kIssued + absl::Seconds(20));
  EXPECT_EQ(refusal.reason, Reason::kMinTtlUnsatisfiable);
  EXPECT_EQ(refusal.retry_after, absl::Seconds(10));
  EXPECT_TRUE(NeedsRefresh(token, query, kIssued + absl::Seconds(30)));
}

TEST(TokenChoiceTest, ARejectedGenerationIsReplacedUnlessItIsTooYoung) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  EXPECT_FALSE(Answers(token, Rejecting(7), kIssued + absl::Minutes(1)));
  EXPECT_TRUE(NeedsRefresh(token, Rejecting(7), kIssued + absl::Minutes(1)));
  const Refusal refusal = RefusalAt(token, Rejecting(7), kIssued + absl::Seconds(10));
  EXPECT_EQ(refusal.reason, Reason::kTokenKeepsBeingRejected);
  EXPECT_EQ(refusal.retry_after, absl::Seconds(20));
}

TEST(TokenChoiceTest, ANewerTokenAnswersAComplaintAboutAnOlder) {
  EXPECT_TRUE(Answers(TokenOfLife(absl::Hours(1)), Rejecting(6), kIssued));
}

TEST(TokenChoiceTest, AGenerationFromTheFutureIsTheCallersMistake) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  EXPECT_FALSE(Answers(token, Rejecting(8), kIssued));
  EXPECT_EQ(RefusalAt(token, Rejecting(8), kIssued).reason, Reason::kGenerationUnknown);
}

TEST(TokenChoiceTest, MissingScopesAreNamed) {
  const CachedToken token = TokenOfLife(absl::Hours(1));
  const std::vector<std::string> wanted = {"read", "admin", "root"};
  FreshTokenQuery query = AnyToken();
  query.required_scopes = wanted;
  EXPECT_FALSE(Answers(token, query, kIssued));
  const Refusal refusal = RefusalAt(token, query, kIssued);
  EXPECT_EQ(refusal.reason, Reason::kScopeMissing);
  EXPECT_THAT(refusal.missing_scopes, testing::ElementsAre("admin", "root"));
}

TEST(TokenChoiceTest, ADeadGrantsTokenIsServedStaleWhileItIsGood) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  token.state = GrantState::kReauthorizationRequired;
  token.state_reason = StateReason::kProviderSaysDead;
  EXPECT_TRUE(Answers(token, AnyToken(), kIssued));
  EXPECT_EQ(SourceOf(token, TokenSource::kCache), TokenSource::kStale);
  const Refusal refusal = RefusalAt(token, AnyToken(), token.expires);
  EXPECT_EQ(refusal.reason, Reason::kReauthorizationRequired);
  EXPECT_EQ(refusal.cause, "provider_says_dead");
}

TEST(TokenChoiceTest, ARevokedGrantServesNothing) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  token.state = GrantState::kRevoked;
  token.state_reason = StateReason::kRevoked;
  EXPECT_FALSE(Answers(token, AnyToken(), kIssued));
  EXPECT_EQ(RefusalAt(token, AnyToken(), kIssued).cause, "revoked");
}

TEST(TokenChoiceTest, WithoutRefreshTokenTheUserMustLogInAgain) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  token.refreshable = false;
  EXPECT_EQ(RefusalAt(token, AnyToken(), token.expires).cause, "no_refresh_token");
}

TEST(TokenChoiceTest, ATokenWhoseRefreshFailedIsStale) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  EXPECT_EQ(SourceOf(token, TokenSource::kRefreshed), TokenSource::kRefreshed);
  token.refresh_failed = true;
  EXPECT_EQ(SourceOf(token, TokenSource::kRefreshed), TokenSource::kStale);
}

TEST(TokenChoiceTest, AGrantOfAnotherOwnerReadsAsNone) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  ChangeTraits(&token, [](TokenTraits* t) { t->owner = "dns:me"; });
  FreshTokenQuery query = AnyToken();
  query.required_owner = "dns:me";
  EXPECT_TRUE(Answers(token, query, kIssued));
  query.required_owner = "dns:you";
  EXPECT_FALSE(Answers(token, query, kIssued));
  EXPECT_EQ(RefusalAt(token, query, kIssued).reason, Reason::kGrantNotFound);
  // Whatever is wrong with it, and whatever else was asked.
  token.state = GrantState::kReauthorizationRequired;
  const std::vector<std::string> missing = {"admin"};
  query.required_scopes = missing;
  query.rejected_generation = 1000;
  EXPECT_EQ(RefusalAt(token, query, kIssued).reason, Reason::kGrantNotFound);
}

TEST(TokenChoiceTest, AGrantBeyondMaxScopesIsNotHandedOut) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  const std::vector<std::string> enough = {"read", "write", "x"};
  const std::vector<std::string> too_few = {"read"};
  FreshTokenQuery query = AnyToken();
  query.max_scopes = &enough;
  EXPECT_TRUE(Answers(token, query, kIssued));
  query.max_scopes = &too_few;
  EXPECT_FALSE(Answers(token, query, kIssued));
  EXPECT_EQ(RefusalAt(token, query, kIssued).reason, Reason::kCallerNotAllowed);
  EXPECT_EQ(RefusalAt(token, query, token.expires).reason, Reason::kCallerNotAllowed)
      << "no refresh is begun for it either";
}

TEST(TokenChoiceTest, AGrantOfUnknownScopesIsWithinNoBound) {
  CachedToken token = TokenOfLife(absl::Hours(1));
  ChangeTraits(&token, [](TokenTraits* t) { t->scopes.clear(); });
  const std::vector<std::string> bound = {"read"};
  FreshTokenQuery query = AnyToken();
  EXPECT_TRUE(Answers(token, query, kIssued));
  query.max_scopes = &bound;
  EXPECT_FALSE(Answers(token, query, kIssued));
  EXPECT_EQ(RefusalAt(token, query, kIssued).reason, Reason::kCallerNotAllowed);
}

}  // namespace
}  // namespace tokenbroker
