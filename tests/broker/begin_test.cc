#include "broker/begin.h"

#include "broker/lease_renewal.h"
#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class BeginTest : public BrokerTest {
 protected:
  // A grant whose access token has expired: the next question needs a refresh.
  void StoreExpired() {
    Store(NewGrant());
    Touch();
    Advance(absl::Hours(2));
  }
  void BreakNext(StoreVerb verb, StoreFault::What what, absl::Duration delay, int count = 1) {
    store_.faults().Inject(verb, {what, delay}, count);
  }
  void BreakEverything() {
    store_.faults().InjectEverywhere({StoreFault::What::kUnavailable, absl::ZeroDuration()});
  }
  // The store has forgotten a refresh that is too long ago to be put back. The newer token,
  // access-1, is due and good for another four minutes.
  void LoseARefresh() {
    Store(NewGrant());
    Touch();
    Advance(absl::Minutes(56));
    store_.faults().Remember(key_, clock_.TimeNow());
    Touch();
    Advance(absl::Minutes(56));
    store_.faults().Rollback(key_);
  }
  // Another replica has the lease, and renews it for as long as what this returns lives.
  std::unique_ptr<LeaseRenewal> AnotherReplicaRefreshes() {
    BeginRefreshRequest request;
    request.key = key_;
    request.known_generation = Stored().generation;
    request.attempt = RandomBytes(16);
    request.not_after = clock_.SteadyNow() + absl::Seconds(2);
    BegunRefresh begun;
    begun.attempt = request.attempt;
    const BeginRefreshAnswer answer = Run(store_.BeginRefresh(std::move(request)));
    EXPECT_EQ(answer.outcome, BeginRefreshAnswer::Outcome::kGo);
    begun.grant = *answer.grant;
    begun.parent = begun.grant->refresh_token_generation;
    begun.next = answer.next;
    begun.intent_at = answer.intent_at;
    return std::make_unique<LeaseRenewal>(parts_, begun);
  }
};

TEST_F(BeginTest, AnUnheardBeginIsTakenBackAfterAnOutage) {
  Store(NewGrant());
  Touch();
  Advance(absl::Minutes(56));
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kLostAcknowledgement, absl::ZeroDuration());
  BreakEverything();
  Touch();
  Advance(absl::Minutes(1));
  store_.faults().Heal();
  Advance(absl::Seconds(3));
  Touch();
  EXPECT_EQ(TokenOf(Get()), "access-1") << "nobody sent the token: its outcome is not unknown";
}

TEST_F(BeginTest, AnUnheardBeginThatALoginInheritedIsTakenBack) {
  StoreExpired();
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kLostAcknowledgement, {}, 100);
  Ask();
  Advance(kLeaseRenewal);
  ASSERT_TRUE(parts_.held.contains(key_));
  PutGrantRequest login;
  login.kind = PutKind::kLogin;
  login.attempt = "login";
  login.generation = absl::ToUnixMillis(clock_.TimeNow()) + 60'000;
  login.not_after = SteadyTime::InfiniteFuture();
  login.expected = Stored().refresh_token_generation;
  login.record = NewGrant();
  login.record.refresh_token = Secret();
  ASSERT_EQ(Run(store_.PutGrant(login)).outcome, PutGrantAnswer::Outcome::kStored);
  Advance(absl::Seconds(10));
  EXPECT_FALSE(parts_.held.contains(key_));
  EXPECT_EQ(parts_.in_flight.count(), 0u);
}

TEST_F(BeginTest, DuringAnOutageAGrantHasOneBeginToTakeBack) {
  StoreExpired();
  BreakEverything();
  for (int i = 0; i < 20; ++i) {
    const Answer answer = Ask();
    Advance(absl::Seconds(3));
    EXPECT_EQ(RefusalIn(**answer).reason, Reason::kStoreUnavailable);
  }
  EXPECT_EQ(parts_.in_flight.count(), 1u);
  store_.faults().Heal();
  Advance(absl::Seconds(3));
  EXPECT_EQ(parts_.in_flight.count(), 0u);
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(BeginTest, ABeginThatIsRepeatedTooLateIsTakenBack) {
  StoreExpired();
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kLostAcknowledgement,
            absl::Milliseconds(1850));
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kNone, absl::Milliseconds(200));
  const Answer answer = Ask();
  Advance(absl::Seconds(4));
  ASSERT_TRUE(answer->has_value()) << "the lease of the first attempt was given back";
  EXPECT_EQ(TokenOf(**answer), "access-1");
}

TEST_F(BeginTest, ABeginThatArrivesAfterItWasGivenUpLeavesNoIntent) {
  StoreExpired();
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kExecutedLate, absl::Seconds(2));
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kUnavailable, absl::ZeroDuration(), 100);
  const Answer answer = Ask();
  Advance(absl::Seconds(3));
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kStoreUnavailable);
  store_.faults().Heal();
  Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

TEST_F(BeginTest, AShutdownWaitsForABeginThatIsTakenBack) {
  StoreExpired();
  BreakNext(StoreVerb::kBeginRefresh, StoreFault::What::kUnavailable, absl::ZeroDuration(), 100);
  BreakNext(StoreVerb::kFail, StoreFault::What::kUnavailable, absl::ZeroDuration(), 5);
  Ask();
  Advance(absl::Milliseconds(2010));
  EXPECT_EQ(broker_.InFlight(), 1u);
  EXPECT_FALSE(Run(broker_.Drain(clock_.SteadyNow() + absl::Seconds(1))));
  EXPECT_TRUE(Run(broker_.Drain(clock_.SteadyNow() + absl::Minutes(1))));
  EXPECT_EQ(broker_.InFlight(), 0u);
}

// A store whose clock has passed every not_after that we name.
class ExpiringStore : public MemoryStore {
 public:
  ExpiringStore(Loop& loop, Clock& clock) : MemoryStore(loop, clock), loop_(loop) {}
  Task<BeginRefreshAnswer> BeginRefresh(BeginRefreshRequest /*request*/) override {
    ++begins;
    co_await loop_.Sleep(absl::Milliseconds(1));
    BeginRefreshAnswer answer;
    answer.outcome = BeginRefreshAnswer::Outcome::kExpired;
    co_return answer;
  }
  int begins = 0;

 private:
  Loop& loop_;
};

TEST_F(BeginTest, AStoreThatFindsEveryBeginTooLateIsAskedWithPauses) {
  ExpiringStore store(loop_, clock_);
  BrokerParts parts(loop_, metrics_, config_, store, spill_, resolver_, endpoint_, cache_, jitter_);
  RefreshOrder order;
  order.key = key_;
  const auto config = config_.Current()->FindProvider("spotify");
  const BeginResult result = Run(BeginRefresh(&parts, order, config));
  EXPECT_EQ(RefusalOf(result.ended.status)->reason, Reason::kStoreUnavailable);
  EXPECT_LE(store.begins, 301);
}

TEST_F(BeginTest, NoEventIsLeftBehindByABeginThatWasRefused) {
  StoreExpired();
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kProviderTrouble, "http_503"));
  Touch();
  Touch();
  EXPECT_EQ(parts_.changes.size(), 0u);
}

TEST_F(BeginTest, AnotherReplicaThatWaitsForItsProviderIsNotTheStoresFault) {
  StoreExpired();
  const std::unique_ptr<LeaseRenewal> other = AnotherReplicaRefreshes();
  const Answer answer = Ask();
  Advance(absl::Seconds(32));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(RefusalIn(**answer).reason, Reason::kProviderUnavailable);
}

// A store whose answers to begins take their time on the way back.
class LateAnswers : public MemoryStore {
 public:
  LateAnswers(Loop& loop, Clock& clock) : MemoryStore(loop, clock), loop_(loop) {}
  Task<BeginRefreshAnswer> BeginRefresh(BeginRefreshRequest request) override {
    BeginRefreshAnswer answer = co_await MemoryStore::BeginRefresh(std::move(request));
    co_await loop_.Sleep(late);
    co_return answer;
  }
  absl::Duration late;

 private:
  Loop& loop_;
};

class LateBeginTest : public BeginTest {
 protected:
  LateBeginTest() {
    PutGrantRequest put;
    put.kind = PutKind::kLogin;
    put.attempt = "login";
    put.generation = absl::ToUnixMillis(clock_.TimeNow());
    put.not_after = SteadyTime::InfiniteFuture();
    put.record = NewGrant();
    Run(late_.PutGrant(put));
    Advance(absl::Hours(2));
  }
  ~LateBeginTest() override { loop_.DropTasks(); }
  Answer AskLate() {
    auto answer = std::make_shared<absl::optional<absl::StatusOr<FreshToken>>>();
    broker_of_late_.GetFreshToken(
        Query(), SteadyTime::InfiniteFuture(),
        [answer](absl::StatusOr<FreshToken> a) { answer->emplace(std::move(a)); });
    Settle();
    return answer;
  }

  LateAnswers late_{loop_, store_clock_};
  TokenCache cache_of_late_{10};
  BrokerParts parts_of_late_{loop_,     metrics_,  config_,        late_,  spill_,
                             resolver_, endpoint_, cache_of_late_, jitter_};
  TokenBroker broker_of_late_{parts_of_late_};
};

TEST_F(LateBeginTest, AGoThatComesTooLateIsGivenBackUnsent) {
  late_.late = kLeaseRenewal;
  const Answer refused = AskLate();
  Advance(kLeaseRenewal);
  ASSERT_TRUE(refused->has_value());
  EXPECT_EQ(RefusalIn(**refused).reason, Reason::kStoreUnavailable);
  EXPECT_TRUE(Presented().empty()) << "another replica may think that it is its turn";
  late_.late = kLeaseRenewal - absl::Milliseconds(1);
  const Answer answer = AskLate();
  Advance(kLeaseRenewal);
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(TokenOf(**answer), "access-1") << "the one before left nothing unknown";
}

TEST_F(LateBeginTest, AChangeThatOvertakesTheAnswerThatSomebodyIsBusyIsNotMissed) {
  BeginRefreshRequest begin;
  begin.key = key_;
  begin.known_generation = Run(late_.Load(key_)).grant->generation;
  begin.attempt = "of-another-replica";
  begin.not_after = SteadyTime::InfiniteFuture();
  const BeginRefreshAnswer begun = Run(late_.BeginRefresh(begin));
  ASSERT_EQ(begun.outcome, BeginRefreshAnswer::Outcome::kGo);
  late_.late = absl::Milliseconds(200);
  const Answer answer = AskLate();
  Advance(absl::Milliseconds(100));
  CommitRequest commit;
  commit.attempt = begin.attempt;
  commit.parent = begun.grant->refresh_token_generation;
  commit.next = begun.next;
  commit.rotated = Rotated::kYes;
  commit.record = *begun.grant;
  commit.record.access_token = Secret("of-the-other");
  commit.record.issued_at = clock_.TimeNow();
  commit.record.expires_at = clock_.TimeNow() + absl::Hours(1);
  EXPECT_EQ(Run(late_.Commit(commit)).outcome, CommitAnswer::Outcome::kStored);
  Settle();
  late_.late = absl::ZeroDuration();
  Advance(absl::Milliseconds(101));
  ASSERT_TRUE(answer->has_value()) << "it waits for a message that has come already";
  EXPECT_EQ(TokenOf(**answer), "of-the-other");
}

TEST_F(BeginTest, ATokenThatARollbackBroughtBackWaitsForTheEndOfTheNewerOne) {
  LoseARefresh();
  Touch();
  Advance(absl::Minutes(3));
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_store_rollbacks_total{provider=\"spotify\"}"), "1");
  EXPECT_EQ(TokenOf(Get()), "access-1");
  EXPECT_EQ(Get()->source, TokenSource::kStale);
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0")) << "presenting it again may end both";
  Advance(absl::Minutes(1));
  EXPECT_EQ(TokenOf(Get()), "access-2");
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0", "refresh-0"));
}

TEST_F(BeginTest, AnOrphanOfWhoKnewOnlyWhatARollbackBroughtBackIsWaitedFor) {
  LoseARefresh();
  Advance(absl::Minutes(4));
  BeginAndDie();
  Advance(kLease);
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kProviderUnavailable);
  Advance(absl::Seconds(30));
  Touch();
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0"));
  Advance(absl::Seconds(10));
  EXPECT_EQ(TokenOf(Get()), "access-2");
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0", "refresh-0"));
}

TEST_F(BeginTest, AProviderThatDoesNotRotateIsAskedAtOnceAfterARollback) {
  Configure([](ProviderConfig* p) { p->refresh.rotation = Rotation::kNone; });
  LoseARefresh();
  Touch();
  EXPECT_EQ(TokenOf(Get()), "access-2");
}

TEST_F(BeginTest, ATokenThatWasLostInARollbackIsALostRotation) {
  LoseARefresh();
  Advance(absl::Minutes(4));
  endpoint_.AnswerRefresh(
      FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
  EXPECT_EQ(RefusalIn(Get()).cause, "rotation_lost");
}

TEST_F(BeginTest, WithoutExpiryAnUnknownRotationWaitsForACallerWhoIsRejected) {
  Configure([](ProviderConfig* p) { p->refresh.idle_lifetime = absl::Hours(10); });
  Grant grant = NewGrant();
  grant.expires_at = absl::nullopt;
  grant.refresh_at = clock_.TimeNow() + absl::Hours(8);
  FreshTokenQuery query = Query();
  query.rejected_generation = Store(std::move(grant));
  Touch();
  Advance(absl::Hours(8));
  endpoint_.AnswerRefresh(LostAnswer());
  Touch();
  for (int i = 0; i < 10; ++i) Advance(absl::Minutes(30)), Touch();
  EXPECT_THAT(Presented(), testing::ElementsAre("refresh-0")) << "the present token is good";
  EXPECT_EQ(TokenOf(Get()), "access-0");
  EXPECT_EQ(TokenOf(Get(query)), "access-2") << "and a rejected one has nothing left to lose";
}

}  // namespace
}  // namespace tokenbroker
