// How the cache follows the store: change messages, a feed that is cut, a server that forgot.
#include "broker/token_broker.h"
#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class TokenBrokerChangesTest : public BrokerTest {
 protected:
  // The subscription is lost and comes back.
  void Flap() {
    store_.CutSubscription();
    Settle();
    Advance(absl::Milliseconds(1));
    store_.RestoreSubscription();
    Settle();
  }
  // A broker whose store's changes do not come yet.
  struct NotHeardYet {
    explicit NotHeardYet(TokenBrokerChangesTest& test)
        : store(test.loop_, test.clock_),
          parts(test.loop_, test.metrics_, test.config_, store, test.spill_, test.resolver_,
                test.endpoint_, cache, test.jitter_) {
      store.CutSubscription();
    }
    MemoryStore store;
    TokenCache cache{10};
    BrokerParts parts;
    TokenBroker broker{parts};
  };
  void Silence() { store_.faults().InjectEverywhere({StoreFault::What::kUnavailable}); }
  using BrokerTest::TokenOf;
  static std::string TokenOf(const absl::optional<absl::StatusOr<FreshToken>>& answer) {
    return answer ? TokenOf(*answer) : "no answer yet";
  }
};

TEST_F(TokenBrokerChangesTest, WhileTheSubscriptionIsCutEveryAnswerIsVerified) {
  Store(NewGrant());
  Touch();
  store_.CutSubscription();
  Settle();
  Advance(absl::Seconds(1));
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Store(std::move(login));
  EXPECT_EQ(TokenOf(Get()), "after-login");
}

TEST_F(TokenBrokerChangesTest, AnUnverifiedTokenIsServedForAnHourWhenTheStoreIsSilent) {
  Store(NewGrant());
  Grant longer = NewGrant();
  Advance(absl::Seconds(1));
  longer.expires_at = longer.issued_at + absl::Hours(10);
  longer.refresh_at = absl::nullopt;
  Store(std::move(longer));
  Touch();
  store_.CutSubscription();
  Settle();
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable, absl::ZeroDuration()});
  Advance(absl::Minutes(59));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Minutes(2));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
}

TEST_F(TokenBrokerChangesTest, ItCanServeForAnHourWithoutTheStore) {
  Settle();
  EXPECT_TRUE(broker_.CanServe().ok());
  store_.CutSubscription();
  Settle();
  Advance(absl::Minutes(59));
  EXPECT_TRUE(broker_.CanServe().ok());
  Advance(absl::Minutes(2));
  EXPECT_EQ(broker_.CanServe().message(),
            "the store has not answered for longer than 1h, which is cache.max_unverified");
  broker_.NoteStoreAnswer();
  EXPECT_TRUE(broker_.CanServe().ok()) << "its feed is cut, but it answers";
}

TEST_F(TokenBrokerChangesTest, ItCannotServeBeforeTheStoreWasHeardOf) {
  NotHeardYet another(*this);
  Settle();
  EXPECT_EQ(another.broker.CanServe().message(),
            "no store was found yet: Redis does not answer, or is empty; the log says which");
  another.store.RestoreSubscription();
  Settle();
  EXPECT_TRUE(another.broker.CanServe().ok());
}

TEST_F(TokenBrokerChangesTest, NothingIsTakenForVerifiedBeforeTheSubscriptionStands) {
  NotHeardYet another(*this);
  MemoryStore& store = another.store;
  TokenBroker& broker = another.broker;
  Settle();
  const auto ask = [&] {
    std::string token;
    broker.GetFreshToken(Query(), clock_.SteadyNow() + absl::Minutes(1),
                         [&token](absl::StatusOr<FreshToken> a) { token = TokenOf(a); });
    Settle();
    return token;
  };
  PutGrantRequest put;
  put.kind = PutKind::kLogin;
  put.attempt = "first";
  put.generation = 1;
  put.not_after = SteadyTime::InfiniteFuture();
  put.record = NewGrant();
  Run(store.PutGrant(put));
  EXPECT_EQ(ask(), "access-0");
  put.attempt = "second";
  put.generation = 2;
  put.record.access_token = Secret("after-login");
  Run(store.PutGrant(put));
  EXPECT_EQ(ask(), "after-login");
  loop_.DropTasks();
}

TEST_F(TokenBrokerChangesTest, ARevokedTokenIsNotServedThoughTheStoreFallsSilent) {
  Store(NewGrant());
  Touch();
  PutGrantRequest revoke;
  revoke.kind = PutKind::kRevoke;
  revoke.attempt = RandomBytes(16);
  revoke.not_after = SteadyTime::InfiniteFuture();
  revoke.record.key = key_;
  loop_.Spawn([](MemoryStore* store, PutGrantRequest request) -> Task<void> {
    co_await store->PutGrant(std::move(request));
    store->faults().InjectEverywhere({StoreFault::What::kUnavailable, absl::ZeroDuration()});
  }(&store_, std::move(revoke)));
  Settle();
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
}

// A failover un-did it, and whoever revoked it has not put that back yet.
// It was lost with the replica that stored it, and everybody else serves the grant.
TEST_F(TokenBrokerChangesTest, WhatALoginReplacedIsNotServedThoughTheStoreFallsSilent) {
  Store(NewGrant());
  Touch();
  Advance(absl::Seconds(1));
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable, absl::ZeroDuration()});
  Grant login = NewGrant();
  login.access_token = Secret("of-another-account");
  Store(std::move(login));
  EXPECT_EQ(TokenOf(Get()), "of-another-account");
}

TEST_F(TokenBrokerChangesTest, LastUsesAreWrittenInABatch) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(10));
  Touch();
  const absl::Time used = clock_.TimeNow();
  loop_.Spawn(broker_.FlushUses());
  Settle();
  EXPECT_EQ(Stored().last_used_at, used);
}

TEST_F(TokenBrokerChangesTest, LastUsesThatTheStoreDidNotTakeAreWrittenLater) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(10));
  Touch();
  const absl::Time used = clock_.TimeNow();
  store_.faults().Inject(StoreVerb::kTouch, {StoreFault::What::kUnavailable, absl::ZeroDuration()});
  loop_.Spawn(broker_.FlushUses());
  Settle();
  EXPECT_LT(Stored().last_used_at, used);
  loop_.Spawn(broker_.FlushUses());
  Settle();
  EXPECT_EQ(Stored().last_used_at, used);
}

TEST_F(TokenBrokerChangesTest, WhatChangedWhileNobodyListenedIsSeenAfterwards) {
  Store(NewGrant());
  Touch();
  store_.CutSubscription();
  Settle();
  Advance(absl::Seconds(1));
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Store(std::move(login));
  store_.RestoreSubscription();
  Settle();
  EXPECT_EQ(TokenOf(Get()), "after-login");
}

TEST_F(TokenBrokerChangesTest, AChangeThatCouldNotBeLoadedIsLoadedWhenTheStoreAnswers) {
  const int64_t generation = Store(NewGrant());
  Touch();
  // Another replica refreshes; our feed tells, but the store does not answer us.
  BeginRefreshRequest begin;
  begin.key = key_;
  begin.known_generation = generation;
  begin.attempt = "of-another";
  begin.not_after = SteadyTime::InfiniteFuture();
  const BeginRefreshAnswer begun = Run(store_.BeginRefresh(begin));
  BreakNext(StoreVerb::kLoad, StoreFault::What::kUnavailable, 3);
  CommitRequest commit;
  commit.attempt = begin.attempt;
  commit.parent = begun.grant->refresh_token_generation;
  commit.next = begun.next;
  commit.record = *begun.grant;
  commit.record.access_token = Secret("access-of-another");
  Run(store_.Commit(std::move(commit)));
  Settle();
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(Get()), "access-of-another");
}

TEST_F(TokenBrokerChangesTest, AfterTheSubscriptionCameBackAnEntryIsVerifiedOnce) {
  Store(NewGrant());
  Touch();
  Flap();
  EXPECT_EQ(Get()->source, TokenSource::kCache);
  Silence();
  EXPECT_EQ(TokenOf(*Ask()), "access-0") << "answered inline";
}

TEST_F(TokenBrokerChangesTest, AFlappingSubscriptionForgetsNoToken) {
  Store(NewGrant());
  Touch();
  Flap();
  Silence();
  EXPECT_EQ(TokenOf(Get()), "access-0");
}

TEST_F(TokenBrokerChangesTest, WhatALostSubscriptionVouchedForCountsFromItsEnd) {
  Grant longer = NewGrant();
  longer.expires_at = longer.issued_at + absl::Hours(10);
  longer.refresh_at = absl::nullopt;
  Store(std::move(longer));
  Touch();
  Advance(absl::Minutes(30));
  Flap();
  Advance(absl::Seconds(1));
  Flap();
  Silence();
  Advance(absl::Minutes(59));
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Minutes(2));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
}

TEST_F(TokenBrokerChangesTest, AGrantThatTheStoreLostIsServedWhileItsTokenIsGood) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(2));  // Too long ago to be put back.
  store_.faults().Rollback(key_);
  Flap();
  EXPECT_EQ(TokenOf(Get()), "access-0");
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_store_rollbacks_total{provider=\"spotify\"}"), "1");
  EXPECT_EQ(TokenOf(*Ask()), "access-0") << "answered inline";
  Advance(absl::Hours(1));
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kGrantNotFound);
}

TEST_F(TokenBrokerChangesTest, AGrantThatTheStoreLostLeavesItsGoodTokenWhoeverDemandsANewOne) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(2));
  store_.faults().Rollback(key_);
  FreshTokenQuery longer = Query();
  longer.min_ttl = absl::Minutes(59);
  EXPECT_EQ(RefusalIn(Get(longer)).reason, Reason::kStoreUnavailable);
  EXPECT_EQ(TokenOf(Get()), "access-0");
  Advance(absl::Minutes(54));
  Touch();
  EXPECT_EQ(TokenOf(Get()), "access-0") << "due, and served as long as it is good";
}

TEST_F(TokenBrokerChangesTest, AGrantThatWasDeletedWhileNobodyListenedIsNotServed) {
  Store(NewGrant());
  Touch();
  store_.CutSubscription();
  Settle();
  Bury(PutKind::kDelete);
  Advance(absl::Milliseconds(1));
  store_.RestoreSubscription();
  Settle();
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kGrantNotFound);
}

TEST_F(TokenBrokerChangesTest, AServerThatLostACommitGetsItBackBeforeAnybodyAsks) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  store_.faults().Remember(key_, clock_.TimeNow());
  ASSERT_EQ(TokenOf(Get()), "access-1");
  store_.faults().Rollback(key_);
  ASSERT_EQ(Stored().refresh_token.Expose(), "refresh-0");
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kUnavailable}, 3);
  store_.ChangeServer();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
}

// The begin survived the failover and the commit did not: nothing about its rotation is unknown.
TEST_F(TokenBrokerChangesTest, ACommitThatIsPutBackEndsTheRefreshThatWasBegun) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.Hold();
  const Answer asked = Ask();
  Settle();
  store_.faults().Remember(key_, clock_.TimeNow());
  endpoint_.Release();
  Settle();
  ASSERT_EQ(TokenOf(*asked), "access-1");
  store_.faults().Rollback(key_);
  store_.ChangeServer();
  Advance(absl::Minutes(10));
  FreshTokenQuery query = Query();
  query.rejected_generation = (*asked)->value().token->generation;
  EXPECT_EQ(TokenOf(Get(query)), "access-2");
}

// The restore may even overtake the commit, which is repeated with pauses.
TEST_F(TokenBrokerChangesTest, ARestoreThatOvertakesItsOwnCommitEndsTheRefresh) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kUnavailable}, 5);
  const Answer asked = Ask();
  Advance(absl::Milliseconds(200));
  ASSERT_EQ(TokenOf(*asked), "access-1") << "kept on disk";
  store_.ChangeServer();
  Advance(absl::Minutes(10));
  EXPECT_TRUE(spill_.kept.empty());
  FreshTokenQuery query = Query();
  query.rejected_generation = (*asked)->value().token->generation;
  EXPECT_EQ(TokenOf(Get(query)), "access-2");
}

TEST_F(TokenBrokerChangesTest, ManyCommitsArePutBackThoughOneOfThemMeetsADeadServer) {
  std::vector<GrantKey> keys;
  for (int i = 0; i < 100; ++i) {
    Grant grant = NewGrant();
    grant.key.subject = absl::StrCat("user-", i);
    keys.push_back(grant.key);
    Store(std::move(grant));
  }
  Advance(absl::Hours(2));
  for (const GrantKey& key : keys) {
    store_.faults().Remember(key, clock_.TimeNow());
    FreshTokenQuery query;
    query.key = key.view();
    EXPECT_TRUE(Get(query).ok());
  }
  for (const GrantKey& key : keys) store_.faults().Rollback(key);
  store_.faults().Inject(StoreVerb::kPutGrant, {StoreFault::What::kUnavailable, absl::Seconds(2)});
  store_.ChangeServer();
  Settle();
  int restored = 0;
  for (const GrantKey& key : keys) {
    const LoadAnswer loaded = Run(store_.Load(key));
    if (loaded.grant && loaded.grant->refresh_token.Expose() != "refresh-0") ++restored;
  }
  EXPECT_EQ(restored, 99) << "the others do not wait for it";
}

TEST_F(TokenBrokerChangesTest, WhatSomebodyElseReplacedIsNotPutBack) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  ASSERT_EQ(TokenOf(Get()), "access-1");
  Advance(absl::Seconds(1));
  Store(NewGrant());
  store_.faults().Rollback(key_);
  store_.ChangeServer();
  Settle();
  EXPECT_EQ(Run(store_.Load(key_)).outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_F(TokenBrokerChangesTest, AGrantThatWasLostIsPutBackBeforeItIsCalledUnknown) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  endpoint_.AnswerRefresh(TokensAnswer("access-1", "refresh-1", absl::Seconds(20)));
  ASSERT_EQ(TokenOf(Get()), "access-1");
  store_.faults().Rollback(key_);
  Flap();
  Advance(absl::Seconds(30));
  EXPECT_EQ(TokenOf(Get()), "access-2") << "the token has expired";
  EXPECT_EQ(endpoint_.refreshes().back().refresh_token.Expose(), "refresh-1");
}

TEST_F(TokenBrokerChangesTest, AGrantThatWasLostAltogetherIsPutBackByWhoStoredItLately) {
  Store(NewGrant());
  Advance(absl::Hours(2));
  ASSERT_EQ(TokenOf(Get()), "access-1");
  store_.faults().Rollback(key_);
  FreshTokenQuery query = Query();
  Advance(absl::Seconds(50));
  query.rejected_generation = Get()->token->generation;
  EXPECT_EQ(TokenOf(Get(query)), "access-2");
  EXPECT_EQ(endpoint_.refreshes().back().refresh_token.Expose(), "refresh-1");
}

}  // namespace
}  // namespace tokenbroker
