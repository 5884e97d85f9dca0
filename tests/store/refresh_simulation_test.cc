// One grant, three replicas, a provider with single-use refresh tokens, and bad luck: pauses, lost,
// repeated and late store calls, lost answers, replicas that die, logins. The replicas do what the
// protocol says; the store must keep its promises in every interleaving.
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <random>

#include "tests/store/memory_under_test.h"
#include "tests/store/redis_under_test.h"
#include "tests/store/rotation_model.h"
#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kRequestTimeout = absl::Seconds(10);
constexpr absl::Duration kPatienceAfterTimeout = absl::Seconds(30);
constexpr absl::Duration kMostPause = absl::Seconds(20);

enum class Luck {
  kAnswersArrive,  // Every answer reaches a replica that lives, within the time-out.
  kAnswersGetLost,
};

class Simulation : public LoopTest, public ChangeListener {
 public:
  void TestBody() override {}

  Simulation(const StoreParam& store, uint64_t seed, Luck luck)
      : luck_(luck),
        random_(seed),
        model_(seed % 2 == 0 ? RotationModel::Reuse::kRefused
                             : RotationModel::Reuse::kRevokesTheFamily),
        store_(store.make(loop_, clock_)) {
    store_->grants().Subscribe(this);
  }

  void Settle() override {
    LoopTest::Settle();
    while (store_->WaitOutside()) LoopTest::Settle();
  }

  void Play(absl::Duration troubled, absl::Duration calm) {
    loop_.Spawn(LogIn());
    Advance(absl::Seconds(30));
    for (int i = 0; i < 3; ++i) loop_.Spawn(BeReplica());
    loop_.Spawn(LogInNowAndThen());
    Advance(troubled);
    trouble_ = false;
    logins_ = false;
    Advance(calm);
    stopped_ = true;
    for (int i = 0; i < 100 && running_ > 0; ++i) Advance(absl::Seconds(10));
  }

  Boxed<Grant> Stored() {
    stored_ = Run(store_->grants().Load(key_)).grant;
    return stored_;
  }
  const RotationModel& model() const { return model_; }
  int running() const { return running_; }
  int deaths() const { return deaths_; }
  int store_calls() const { return store_calls_; }
  const std::vector<std::string>& violations() const { return violations_; }

  void OnChange(const Change& change) override { SeeGeneration(change.generation); }
  void OnCut() override {}
  void OnConnected() override {}
  void OnServerChanged() override {}

 private:
  bool Chance(double p) { return trouble_ && std::uniform_real_distribution<>(0, 1)(random_) < p; }
  absl::Duration Upto(absl::Duration most) {
    return most * std::uniform_real_distribution<>(0, 1)(random_);
  }
  Attempt NewAttempt() { return absl::StrCat("attempt-", ++attempts_); }

  void SeeGeneration(int64_t generation) {
    if (generation < generation_) violations_.push_back("the generation went back");
    generation_ = std::max(generation_, generation);
  }

  // What happens to the next call of `verb`.
  void Tempt(StoreVerb verb) {
    ++store_calls_;
    StoreFault fault;
    if (Chance(0.05)) fault = {StoreFault::What::kUnavailable, Upto(absl::Seconds(1))};
    if (Chance(0.05)) fault = {StoreFault::What::kLostAcknowledgement, Upto(absl::Seconds(1))};
    if (Chance(0.03)) fault = {StoreFault::What::kExecutedLate, Upto(kMostPause)};
    if (Chance(0.1)) fault.delay = Upto(absl::Seconds(2));
    store_->Inject(verb, fault);
  }

  Task<void> MaybePause() {
    if (Chance(0.1)) co_await loop_.Sleep(Upto(kMostPause));
  }

  Task<void> BeReplica() {
    ++running_;
    while (!stopped_) {
      const absl::Duration rest = Upto(absl::Seconds(8));
      co_await loop_.Sleep(rest);
      co_await Refresh();
    }
    --running_;
  }

  Task<BeginRefreshAnswer> Begin(int64_t known, Attempt attempt, Despite despite,
                                 SteadyTime not_after) {
    BeginRefreshRequest request;
    request.key = key_;
    request.known_generation = known;
    request.attempt = attempt;
    request.despite = despite;
    request.not_after = not_after;
    for (;;) {
      Tempt(StoreVerb::kBeginRefresh);
      BeginRefreshAnswer answer = co_await store_->grants().BeginRefresh(request);
      const bool heard = answer.outcome != BeginRefreshAnswer::Outcome::kUnavailable;
      if (heard || clock_.SteadyNow() > not_after) co_return answer;
      co_await loop_.Sleep(absl::Milliseconds(200));
    }
  }

  Task<FailAnswer> Fail(Attempt attempt, int64_t parent, Delivery delivery, ErrorClass error_class,
                        absl::Time until) {
    FailRequest request;
    request.key = key_;
    request.attempt = attempt;
    request.parent = parent;
    request.outcome = delivery;
    request.error_class = error_class;
    request.cause = StateReason::kRotationLost;
    request.until = until;
    for (;;) {
      Tempt(StoreVerb::kFail);
      FailAnswer answer = co_await store_->grants().Fail(request);
      if (answer.outcome != FailAnswer::Outcome::kUnavailable) co_return answer;
      co_await loop_.Sleep(absl::Milliseconds(200));
    }
  }

  static absl::Time PatienceEnd(const Grant& grant, absl::Time begun_at) {
    return std::max(grant.expires_at.value_or(absl::InfinitePast()),
                    begun_at + kRequestTimeout + kPatienceAfterTimeout);
  }

  Task<void> Refresh() {
    Tempt(StoreVerb::kLoad);
    LoadAnswer loaded = co_await store_->grants().Load(key_);
    if (loaded.outcome != LoadAnswer::Outcome::kFound) co_return;
    const Grant known = *loaded.grant;
    SeeGeneration(known.generation);
    if (known.state != GrantState::kActive) co_return;
    co_await MaybePause();
    Attempt attempt = NewAttempt();
    SteadyTime not_after = clock_.SteadyNow() + kLeaseRenewal;
    Despite despite;
    BeginRefreshAnswer begun = co_await Begin(known.generation, attempt, despite, not_after);
    if (begun.outcome == BeginRefreshAnswer::Outcome::kUnknown) {
      const absl::Time patience = PatienceEnd(*begun.grant, begun.begun_at);
      if (begun.time.store_time < patience) {
        co_await Fail(begun.unknown_attempt, begun.grant->refresh_token_generation,
                      Delivery::kLostAnswer, ErrorClass::kRotationUnknown, patience);
        co_return;
      }
      despite = {Despite::What::kUnknownAttempt, begun.unknown_attempt};
      attempt = NewAttempt();
      not_after = clock_.SteadyNow() + kLeaseRenewal;
      begun = co_await Begin(known.generation, attempt, despite, not_after);
    }
    if (begun.outcome == BeginRefreshAnswer::Outcome::kUnavailable) {
      co_await GiveUp(attempt, known.refresh_token_generation, not_after);
    } else if (begun.outcome == BeginRefreshAnswer::Outcome::kGo) {
      co_await MaybePause();
      if (clock_.SteadyNow() >= not_after) {
        co_await GiveUp(attempt, begun.grant->refresh_token_generation, not_after);
      } else {
        co_await Send(begun, attempt, despite);
      }
    }
  }

  // The begin may have been executed or still be.
  Task<void> GiveUp(Attempt attempt, int64_t parent, SteadyTime not_after) {
    co_await Fail(attempt, parent, Delivery::kNotSent, ErrorClass::kNone, absl::Time());
    co_await loop_.SleepUntil(not_after + absl::Milliseconds(1));
    co_await Fail(attempt, parent, Delivery::kNotSent, ErrorClass::kNone, absl::Time());
  }

  Task<void> KeepTheLease(BeginRefreshAnswer begun, Attempt attempt,
                          std::shared_ptr<bool> answered) {
    ++running_;
    RenewRequest request;
    request.key = key_;
    request.attempt = attempt;
    request.parent = begun.grant->refresh_token_generation;
    request.next = begun.next;
    request.intent_at = begun.intent_at;
    request.begun_at = begun.begun_at;
    for (;;) {
      co_await loop_.Sleep(kLeaseRenewal);
      if (*answered || Chance(0.1)) break;
      request.not_after = clock_.SteadyNow() + kLeaseRenewal;
      Tempt(StoreVerb::kRenew);
      co_await store_->grants().Renew(request);
    }
    --running_;
  }

  Task<void> Send(BeginRefreshAnswer begun, Attempt attempt, Despite despite) {
    const bool unlucky = luck_ == Luck::kAnswersGetLost;
    const std::string token(begun.grant->refresh_token.Expose());
    const int64_t parent = begun.grant->refresh_token_generation;
    const auto sent = despite.what == Despite::What::kNothing ? RotationModel::Sent::kOrdinarily
                                                              : RotationModel::Sent::kAfterPatience;
    model_.OnSend(token, attempt, sent);
    auto answered = std::make_shared<bool>(false);
    loop_.Spawn(KeepTheLease(begun, attempt, answered));
    const absl::Duration there = Upto(absl::Seconds(unlucky && Chance(0.2) ? 15 : 3));
    co_await loop_.Sleep(there);
    const bool busy = Chance(0.1);
    const std::string successor = busy ? "" : model_.Present(token);
    const absl::Duration back = Upto(absl::Seconds(3));
    co_await loop_.Sleep(back);
    co_await MaybePause();
    *answered = true;
    if (unlucky && Chance(0.05)) co_return;  // The replica died.
    const bool lost = unlucky && (there + back > kRequestTimeout || Chance(0.1));
    if (lost) {
      const absl::Time patience = PatienceEnd(*begun.grant, begun.begun_at);
      co_await Fail(attempt, parent, Delivery::kLostAnswer, ErrorClass::kRotationUnknown, patience);
    } else if (busy) {
      model_.OnOutcome(token, attempt);
      const absl::Time until = store_->Now() + Upto(absl::Seconds(5));
      co_await Fail(attempt, parent, Delivery::kAnswered, ErrorClass::kProviderTrouble, until);
    } else if (successor.empty()) {
      model_.OnOutcome(token, attempt);
      const FailAnswer failed =
          co_await Fail(attempt, parent, Delivery::kAnswered, ErrorClass::kGrantDead, absl::Time());
      if (failed.outcome == FailAnswer::Outcome::kOk) ++deaths_;
    } else {
      model_.OnOutcome(token, attempt);
      model_.OnReceived(successor);
      co_await Commit(begun, attempt, successor);
    }
  }

  Grant TokensOf(Grant grant, const std::string& refresh_token) {
    grant.key = key_;
    grant.refresh_token = Secret(refresh_token);
    grant.access_token = Secret("at-of-" + refresh_token);
    grant.state = GrantState::kActive;
    grant.issued_at = store_->Now();
    grant.expires_at = store_->Now() + absl::Seconds(20) + Upto(absl::Seconds(40));
    return grant;
  }

  Task<void> Commit(BeginRefreshAnswer begun, Attempt attempt, std::string successor) {
    CommitRequest request;
    request.attempt = attempt;
    request.parent = begun.grant->refresh_token_generation;
    request.next = begun.next;
    request.rotated = Rotated::kYes;
    request.record = TokensOf(*begun.grant, successor);
    for (;;) {
      Tempt(StoreVerb::kCommit);
      const CommitAnswer answer = co_await store_->grants().Commit(request);
      if (answer.outcome == CommitAnswer::Outcome::kRenumber) {
        request.next = std::max(answer.generation + 1, absl::ToUnixMillis(answer.time.store_time));
      } else if (answer.outcome != CommitAnswer::Outcome::kUnavailable) {
        co_return;
      }
      co_await loop_.Sleep(absl::Milliseconds(100));
    }
  }

  Task<void> LogIn() {
    ++running_;
    PutGrantRequest request;
    request.kind = PutKind::kLogin;
    request.attempt = NewAttempt();
    request.generation = absl::ToUnixMillis(store_->Now());
    request.not_after = SteadyTime::InfiniteFuture();
    request.record = TokensOf(Grant(), model_.Authorize());
    for (;;) {
      Tempt(StoreVerb::kPutGrant);
      const PutGrantAnswer answer = co_await store_->grants().PutGrant(request);
      if (answer.outcome == PutGrantAnswer::Outcome::kRenumber) {
        request.generation = answer.generation + 1;
      } else if (answer.outcome != PutGrantAnswer::Outcome::kUnavailable) {
        break;
      }
      co_await loop_.Sleep(absl::Milliseconds(100));
    }
    --running_;
  }

  Task<void> LogInNowAndThen() {
    while (logins_) {
      const absl::Duration rest = Upto(absl::Minutes(4));
      co_await loop_.Sleep(rest);
      if (logins_) co_await LogIn();
    }
  }

  const Luck luck_;
  std::mt19937_64 random_;
  RotationModel model_;
  const GrantKey key_{"t", "p", "s"};
  const std::unique_ptr<StoreUnderTest> store_;
  bool trouble_ = true;
  bool logins_ = true;
  bool stopped_ = false;
  int running_ = 0;
  int attempts_ = 0;
  int deaths_ = 0;
  int store_calls_ = 0;
  int64_t generation_ = 0;
  std::vector<std::string> violations_;
  Boxed<Grant> stored_;
};

struct Totals {
  int store_calls = 0;
  int presentations = 0;
  int rotations = 0;
  int deaths = 0;
};

Totals PlaySeeds(const StoreParam& store, uint64_t first, uint64_t last, Luck luck) {
  Totals totals;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Simulation simulation(store, seed, luck);
    simulation.Play(absl::Minutes(15), absl::Minutes(3));
    EXPECT_EQ(simulation.running(), 0);
    EXPECT_THAT(simulation.violations(), ::testing::IsEmpty());
    EXPECT_THAT(simulation.model().violations(), ::testing::IsEmpty());
    const Boxed<Grant> stored = simulation.Stored();
    if (!stored) {
      ADD_FAILURE() << "the grant has vanished";
      continue;
    }
    EXPECT_EQ(simulation.model().JudgeStored(std::string(stored->refresh_token.Expose())), "");
    totals.store_calls += simulation.store_calls();
    totals.presentations += simulation.model().presentations();
    totals.rotations += simulation.model().rotations();
    totals.deaths += simulation.deaths();
    if (::testing::Test::HasFailure()) break;
  }
  return totals;
}

TEST(RefreshSimulationTest, NoGrantDiesAsLongAsAnswersArrive) {
  const Totals totals = PlaySeeds(MemoryParam(), 1, 150, Luck::kAnswersArrive);
  EXPECT_EQ(totals.deaths, 0);
  EXPECT_GT(totals.rotations, 150 * 10);
  EXPECT_EQ(totals.presentations, totals.rotations);
  RecordProperty("store_calls", totals.store_calls);
  RecordProperty("rotations", totals.rotations);
}

TEST(RefreshSimulationTest, NoReceivedTokenIsLostThoughAnswersAre) {
  const Totals totals = PlaySeeds(MemoryParam(), 1001, 1150, Luck::kAnswersGetLost);
  EXPECT_GT(totals.rotations, 150 * 5);
  EXPECT_GT(totals.deaths, 0);
  RecordProperty("store_calls", totals.store_calls);
  RecordProperty("deaths", totals.deaths);
}

// The same over a real Redis; fewer, because every call crosses a socket.
TEST(RefreshSimulationTest, NoGrantDiesInRedisAsLongAsAnswersArrive) {
  const Totals totals = PlaySeeds(SharedRedis(), 1, 5, Luck::kAnswersArrive);
  EXPECT_EQ(totals.deaths, 0);
  EXPECT_GT(totals.rotations, 5 * 10);
  EXPECT_EQ(totals.presentations, totals.rotations);
}

TEST(RefreshSimulationTest, NoReceivedTokenIsLostInRedisThoughAnswersAre) {
  const Totals totals = PlaySeeds(SharedRedis(), 1001, 1005, Luck::kAnswersGetLost);
  EXPECT_GT(totals.rotations, 5 * 5);
}

}  // namespace
}  // namespace tokenbroker
