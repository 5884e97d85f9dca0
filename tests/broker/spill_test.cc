// What a provider handed out and the store does not take.
#include "broker/spill_recovery.h"
#include "tests/broker/broker_test.h"
#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SpillTest : public BrokerTest {
 protected:
  // A refresh whose begin the store takes and whose commit it does not.
  void RefreshWithoutCommit() {
    BrokerTest::Store(NewGrant());
    Advance(absl::Hours(2));
    store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kUnavailable}, 1'000'000);
    asked_ = Ask();
    Settle();
  }
  void Heal() {
    store_.faults().Heal();
    Advance(absl::Seconds(10));
  }
  std::string Uncommitted() { return MetricValue(metrics_, "tokenbroker_uncommitted_rotations"); }
  static Task<bool> Done(Task<void> task) {
    co_await std::move(task);
    co_return true;
  }
  void Recover() { Run(Done(RecoverSpill(&parts_, &store_))); }

  Answer asked_;
};

TEST_F(SpillTest, ACommitThatTheStoreTakesAtOnceIsNotKept) {
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  EXPECT_EQ(TokenOf(Get()), "access-1");
  Advance(absl::Seconds(1));
  EXPECT_EQ(spill_.keeps, 0);
  EXPECT_EQ(Uncommitted(), "0");
}

TEST_F(SpillTest, AnUnconfirmedCommitIsKeptAfterAHundredMillisecondsAndServedThen) {
  RefreshWithoutCommit();
  Advance(absl::Milliseconds(99));
  EXPECT_THAT(spill_.kept, IsEmpty());
  EXPECT_FALSE(asked_->has_value()) << "nobody is served from what could be lost";
  EXPECT_EQ(Uncommitted(), "1");
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(spill_.kept, SizeIs(1));
  ASSERT_TRUE(asked_->has_value());
  EXPECT_EQ(TokenOf(**asked_), "access-1");
  EXPECT_EQ(Uncommitted(), "1") << "the store does not have it yet";
  Heal();
  EXPECT_EQ(Uncommitted(), "0");
  EXPECT_THAT(spill_.kept, IsEmpty());
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(endpoint_.refreshes().size(), 1u);
}

TEST_F(SpillTest, ACommitThatHangsIsKeptToo) {
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kNone, absl::Seconds(5)});
  asked_ = Ask();
  Advance(absl::Milliseconds(100));
  EXPECT_THAT(spill_.kept, SizeIs(1));
  Advance(absl::Seconds(5));
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpillTest, WhileTheDiskIsFullNobodyIsServedAndNothingIsGivenUp) {
  RefreshWithoutCommit();
  spill_.writable = false;
  Advance(absl::Seconds(3));
  EXPECT_FALSE(asked_->has_value());
  spill_.writable = true;
  Advance(absl::Seconds(1));
  EXPECT_THAT(spill_.kept, SizeIs(1));
  ASSERT_TRUE(asked_->has_value());
  Heal();
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
}

TEST_F(SpillTest, AShutdownWaitsUntilTheCommitIsStoredOrKept) {
  RefreshWithoutCommit();
  EXPECT_GT(parts_.in_flight.count(), 0u);
  Advance(absl::Milliseconds(100));
  EXPECT_EQ(parts_.in_flight.count(), 0u) << "what is safe on disk holds up nothing";
  EXPECT_TRUE(Run(broker_.Drain(clock_.SteadyNow())));
  Heal();
}

TEST_F(SpillTest, ACommitThatAnEarlierProcessKeptIsStored) {
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  const Attempt attempt = BeginAndDie();
  CommitRequest commit;
  commit.attempt = attempt;
  commit.parent = begun_.grant->refresh_token_generation;
  commit.next = begun_.next;
  commit.rotated = Rotated::kYes;
  commit.record = *begun_.grant;
  commit.record.access_token = Secret("kept access");
  commit.record.refresh_token = Secret("kept refresh");
  commit.record.issued_at = clock_.TimeNow();
  commit.record.expires_at = clock_.TimeNow() + absl::Hours(1);
  spill_.kept.insert_or_assign(commit.attempt, commit);
  store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kUnavailable}, 3);
  Recover();
  EXPECT_EQ(Uncommitted(), "1");
  Advance(absl::Seconds(5));
  EXPECT_EQ(Uncommitted(), "0");
  EXPECT_EQ(Stored().refresh_token.Expose(), "kept refresh");
  EXPECT_EQ(TokenOf(Get()), "kept access");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpillTest, ARecoveredCommitIsStoredAndLeavesTheDisk) {
  RefreshWithoutCommit();
  Advance(absl::Milliseconds(100));
  const SpilledWrite left = spill_.kept.begin()->second;
  Heal();
  // It was stored, the process died before it could drop the file.
  spill_.kept.insert_or_assign(AttemptOf(left), left);
  Recover();
  Advance(absl::Seconds(1));
  EXPECT_THAT(spill_.kept, IsEmpty());
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
}

TEST_F(SpillTest, WithoutAPlaceToKeepItNoRotatingTokenIsPresented) {
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  spill_.writable = false;
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
  EXPECT_THAT(endpoint_.refreshes(), IsEmpty());
  Configure([](ProviderConfig* config) { config->refresh.rotation = Rotation::kNone; });
  Advance(absl::Minutes(1));
  EXPECT_EQ(TokenOf(Get()), "access-1") << "a token that does not rotate cannot be lost";
}

// The outage outlives both the token that was served from the disk and what is kept in memory of
// late commits: what the store still has looks like a rollback, and is the token that was spent.
TEST_F(SpillTest, AfterALongOutageTheSpentTokenIsNotPresentedBeforeItsSuccessorIsStored) {
  RefreshWithoutCommit();
  Advance(absl::Milliseconds(100));
  ASSERT_TRUE(asked_->has_value());
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable});
  Advance(absl::Hours(2));
  store_.faults().InjectEverywhere({});  // It answers again, and takes the commit a little later.
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
  EXPECT_THAT(endpoint_.refreshes(), SizeIs(1));
  Heal();
  EXPECT_EQ(TokenOf(Get()), "access-2");
  ASSERT_THAT(endpoint_.refreshes(), SizeIs(2));
  EXPECT_EQ(endpoint_.refreshes()[1].refresh_token.Expose(), "refresh-1");
}

TEST_F(SpillTest, NothingIsPresentedBeforeItIsKnownWhatTheSpillIsAbout) {
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  BeginAndDie();
  Advance(absl::Hours(1));
  Task<void> recovery = RecoverSpill(&parts_, &store_);
  EXPECT_EQ(RefusalIn(Get()).reason, Reason::kStoreUnavailable);
  EXPECT_THAT(endpoint_.refreshes(), IsEmpty());
  Run(Done(std::move(recovery)));
  EXPECT_EQ(TokenOf(Get()), "access-1");
}

// A store whose replicas do not follow.
class LaggingStore : public MemoryStore {
 public:
  using MemoryStore::MemoryStore;
  Task<CommitAnswer> Commit(CommitRequest request) override {
    CommitAnswer answer = co_await MemoryStore::Commit(std::move(request));
    if (lagging) {
      answer.unreplicated = answer.outcome == CommitAnswer::Outcome::kStored ||
                            answer.outcome == CommitAnswer::Outcome::kAlready;
      answer.outcome = CommitAnswer::Outcome::kUnavailable;
    }
    co_return answer;
  }
  bool lagging = true;
};

TEST_F(SpillTest, APrimaryWithoutItsReplicasGoesOnRefreshing) {
  LaggingStore store(loop_, store_clock_);
  TokenCache cache(10);
  BrokerParts parts(loop_, metrics_, config_, store, spill_, resolver_, endpoint_, cache, jitter_);
  TokenBroker broker(parts);
  PutGrantRequest put;
  put.kind = PutKind::kLogin;
  put.attempt = "login";
  put.generation = absl::ToUnixMillis(clock_.TimeNow());
  put.not_after = SteadyTime::InfiniteFuture();
  put.record = NewGrant();
  Run(store.PutGrant(put));
  for (int n = 1; n <= 3; ++n) {
    Advance(absl::Hours(2));
    std::string token;
    broker.GetFreshToken(Query(), clock_.SteadyNow() + absl::Minutes(1),
                         [&token](absl::StatusOr<FreshToken> a) { token = TokenOf(a); });
    Advance(absl::Seconds(1));
    EXPECT_EQ(token, absl::StrCat("access-", n));
  }
  EXPECT_THAT(spill_.kept, SizeIs(3)) << "until a replica has them";
  store.lagging = false;
  Advance(absl::Minutes(1));
  EXPECT_THAT(spill_.kept, IsEmpty());
  loop_.DropTasks();
}

// A disk that takes a second.
class SlowSpill : public FakeSpill {
 public:
  explicit SlowSpill(Loop& loop) : loop_(loop) {}
  Task<absl::Status> Keep(SpilledWrite write) override {
    co_await loop_.Sleep(absl::Seconds(1));
    co_return co_await FakeSpill::Keep(std::move(write));
  }

 private:
  Loop& loop_;
};

TEST_F(SpillTest, WhatTheStoreTakesWhileItIsBeingKeptDoesNotStayOnDisk) {
  SlowSpill spill(loop_);
  TokenCache cache(10);
  BrokerParts parts(loop_, metrics_, config_, store_, spill, resolver_, endpoint_, cache, jitter_);
  TokenBroker broker(parts);
  BrokerTest::Store(NewGrant());
  Advance(absl::Hours(2));
  store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kUnavailable}, 3);
  broker.GetFreshToken(Query(), clock_.SteadyNow() + absl::Minutes(1),
                       [](absl::StatusOr<FreshToken> a) { EXPECT_EQ(TokenOf(a), "access-1"); });
  Advance(absl::Milliseconds(500));
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_EQ(spill.keeps, 0);
  Advance(absl::Seconds(5));
  EXPECT_EQ(spill.keeps, 1);
  EXPECT_THAT(spill.kept, IsEmpty());
  loop_.DropTasks();
}

TEST_F(SpillTest, ACommitThatALoginPassedAfterItWasKeptIsStoredAboveIt) {
  RefreshWithoutCommit();
  Advance(absl::Milliseconds(100));
  PutGrantRequest login;
  login.kind = PutKind::kLogin;
  login.attempt = "login";
  login.generation = absl::ToUnixMillis(clock_.TimeNow()) + 1'000;
  login.not_after = SteadyTime::InfiniteFuture();
  login.expected = Stored().refresh_token_generation;
  login.record = NewGrant();
  login.record.access_token = Secret("of-the-login");
  login.record.refresh_token = Secret();
  ASSERT_EQ(Run(store_.PutGrant(login)).outcome, PutGrantAnswer::Outcome::kStored);
  Heal();
  EXPECT_GT(Stored().generation, login.generation);
  EXPECT_EQ(Stored().access_token.Expose(), "of-the-login");
  EXPECT_EQ(Stored().refresh_token.Expose(), "refresh-1");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

TEST_F(SpillTest, ACommitThatIsStoredLateIsStoredOnce) {
  RefreshWithoutCommit();
  Advance(absl::Milliseconds(100));
  const int64_t served = (*asked_)->value().token->generation;
  Heal();
  EXPECT_GE(Stored().generation, served);
  EXPECT_EQ(TokenOf(Get()), "access-1");
  EXPECT_THAT(spill_.kept, IsEmpty());
}

}  // namespace
}  // namespace tokenbroker
