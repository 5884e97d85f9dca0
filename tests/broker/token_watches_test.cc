#include "tests/broker/token_watches_test.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(TokenWatchesTest, ShowsThePresentTokenAtOnce) {
  Store(NewGrant());
  EXPECT_THAT(Begin()->told, ElementsAre("access-0"));
}

TEST_F(TokenWatchesTest, ShowsThatThereIsNoGrantAndThenTheLogin) {
  const Watcher watcher = Begin();
  EXPECT_THAT(watcher->told, ElementsAre("ABSENT"));
  Store(NewGrant());
  EXPECT_THAT(watcher->told, ElementsAre("ABSENT", "access-0"));
}

TEST_F(TokenWatchesTest, ShowsWhatAnotherReplicaCommitted) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  RefreshElsewhere("from-elsewhere");
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "from-elsewhere"));
}

TEST_F(TokenWatchesTest, ShowsEveryWatcherOfTheGrantWithOneLoad) {
  Store(NewGrant());
  const Watcher one = Begin();
  const Watcher two = Begin();
  RefreshElsewhere("from-elsewhere");
  EXPECT_THAT(one->told, ElementsAre("access-0", "from-elsewhere"));
  EXPECT_THAT(two->told, ElementsAre("access-0", "from-elsewhere"));
}

TEST_F(TokenWatchesTest, LeavesOutTheGenerationThatTheWatcherHas) {
  const int64_t generation = Store(NewGrant());
  const Watcher watcher = Begin(generation);
  EXPECT_THAT(watcher->told, IsEmpty());
  RefreshElsewhere("from-elsewhere");
  EXPECT_THAT(watcher->told, ElementsAre("from-elsewhere"));
}

TEST_F(TokenWatchesTest, AsksTheStoreForWhatTheWatcherHasAndThisReplicaDoesNot) {
  Store(NewGrant());
  Touch();
  store_.CutSubscription();
  Settle();
  // Read just now, so that it is vouched for.
  store_.RestoreSubscription();
  Settle();
  Touch();
  parts_.cache.Put(key_, [this] {
    auto older = std::make_shared<CachedToken>(*parts_.cache.Peek(key_.view()));
    older->verified = clock_.SteadyNow();
    return older;
  }());
  const int64_t newer = parts_.cache.Peek(key_.view())->generation + 1;
  // Of a history that the store knows nothing of: the token there is counts.
  EXPECT_THAT(Begin(newer)->told, ElementsAre("access-0"));
}

TEST_F(TokenWatchesTest, DoesNotShowAnOlderTokenWhileTheStoreCannotSayWhatIsNewest) {
  const int64_t generation = Store(NewGrant());
  Touch();
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable}, 3);
  const Watcher watcher = Begin(generation + 1);
  EXPECT_THAT(watcher->told, IsEmpty());
  Advance(absl::Seconds(10));
  EXPECT_THAT(watcher->told, ElementsAre("access-0"));
}

TEST_F(TokenWatchesTest, RefreshesAnExpiredTokenBeforeItShowsAnything) {
  StoreExpired();
  endpoint_.Hold();
  const Watcher one = Begin();
  const Watcher two = Begin();
  EXPECT_THAT(one->told, IsEmpty());
  endpoint_.Release();
  Settle();
  EXPECT_THAT(one->told, ElementsAre("access-1"));
  EXPECT_THAT(two->told, ElementsAre("access-1"));
  EXPECT_THAT(endpoint_.refreshes(), SizeIs(1));
}

TEST_F(TokenWatchesTest, ShowsADueTokenAndThenItsSuccessor) {
  Store(NewGrant());
  Advance(absl::Minutes(56));
  EXPECT_THAT(Begin()->told, ElementsAre("access-0", "access-1"));
}

TEST_F(TokenWatchesTest, SaysThatThereIsNoTokenWhenTheProviderDoesNotAnswer) {
  StoreExpired();
  endpoint_.AnswerRefresh(NotSentAnswer());
  refresher_.Start();
  const Watcher watcher = Begin();
  EXPECT_THAT(watcher->told, ElementsAre("ACTIVE"));
  Advance(absl::Minutes(2));
  EXPECT_THAT(watcher->told, ElementsAre("ACTIVE", "access-2"));
}

TEST_F(TokenWatchesTest, ShowsADeadGrantsTokenWhileItIsGoodAndThenTheState) {
  Store(NewGrant());
  Advance(absl::Minutes(56));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  const std::string dead = "REAUTHORIZATION_REQUIRED provider_says_dead";
  EXPECT_THAT(Begin()->told, ElementsAre("access-0", dead));
  EXPECT_THAT(Begin()->told, ElementsAre("access-0", dead));
  Advance(absl::Minutes(10));
  EXPECT_THAT(Begin()->told, ElementsAre(dead));
}

TEST_F(TokenWatchesTest, ALoginRevivesADeadGrant) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  const Watcher watcher = Begin();
  LogInAgain("after-login");
  EXPECT_THAT(watcher->told,
              ElementsAre("REAUTHORIZATION_REQUIRED provider_says_dead", "after-login"));
}

TEST_F(TokenWatchesTest, ShowsThatTheGrantWasRevokedAndThatItWasDeleted) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  Bury(PutKind::kRevoke);
  Bury(PutKind::kDelete);
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "REVOKED revoked", "ABSENT"));
  EXPECT_THAT(Begin()->told, ElementsAre("ABSENT"));
}

TEST_F(TokenWatchesTest, ShowsThatTheProviderIsFrozenAndThatItIsNoLonger) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  const ProviderConfig config = provider_;
  parts_.gates.For("spotify").Misconfigured(config, parts_.gates.For("spotify").Choose(config),
                                            "invalid_client");
  Advance(absl::Seconds(2));
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "FROZEN"));
  EXPECT_THAT(Begin()->told, ElementsAre("access-0", "FROZEN"));
  Configure([](ProviderConfig* p) { p->client_secrets = {{Secret("mended"), "f-mended"}}; });
  Advance(absl::Seconds(2));
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "FROZEN", "ACTIVE"));
}

TEST_F(TokenWatchesTest, AGrantOfAnotherRegistrationReadsAsFrozen) {
  Grant grant = NewGrant();
  grant.client_id = "another";
  Store(std::move(grant));
  Advance(absl::Hours(2));
  EXPECT_THAT(Begin()->told, ElementsAre("FROZEN client_changed"));
}

TEST_F(TokenWatchesTest, EndsWhereTheProviderIsUnknown) {
  key_.provider = "unheard-of";
  const Watcher watcher = Begin();
  EXPECT_THAT(watcher->told, ElementsAre("end PROVIDER_UNKNOWN"));
  EXPECT_EQ(watches_.size(), 0u);
}

TEST_F(TokenWatchesTest, AnotherOwnersGrantIsAbsentUntilItIsOnesOwn) {
  Grant grant = NewGrant();
  grant.owner = "dns:a";
  Store(std::move(grant));
  const Watcher watcher = Begin(0, OwnedBy("dns:b"));
  RefreshElsewhere("not-yours");
  Bury(PutKind::kRevoke);
  EXPECT_THAT(watcher->told, ElementsAre("ABSENT"));
  Advance(absl::Milliseconds(5));
  grant = NewGrant();
  grant.owner = "dns:b";
  Store(std::move(grant));
  EXPECT_THAT(watcher->told, ElementsAre("ABSENT", "access-0"));
}

TEST_F(TokenWatchesTest, AnotherOwnersExpiredGrantIsNotRefreshed) {
  Grant grant = NewGrant();
  grant.owner = "dns:a";
  Store(std::move(grant));
  Advance(absl::Hours(2));
  EXPECT_THAT(Begin(0, OwnedBy("dns:b"))->told, ElementsAre("ABSENT"));
  EXPECT_THAT(endpoint_.refreshes(), IsEmpty());
}

TEST_F(TokenWatchesTest, EndsWhenALoginBringsMoreScopesThanTheWatcherMaySee) {
  Store(NewGrant());
  const Watcher watcher = Begin(0, Within({"read"}));
  Advance(absl::Milliseconds(5));
  Grant grant = NewGrant();
  grant.scopes = {"read", "write"};
  Store(std::move(grant));
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "end CALLER_NOT_ALLOWED"));
}

TEST_F(TokenWatchesTest, NewRightsHoldAtOnce) {
  Store(NewGrant());
  const Watcher narrowed = Begin();
  const Watcher disowned = Begin();
  watches_.ChangeRights(narrowed.get(), Within({"write"}));
  watches_.ChangeRights(disowned.get(), OwnedBy("dns:b"));
  Settle();
  EXPECT_THAT(narrowed->told, ElementsAre("access-0", "end CALLER_NOT_ALLOWED"));
  EXPECT_THAT(disowned->told, ElementsAre("access-0", "ABSENT"));
}

}  // namespace
}  // namespace tokenbroker
