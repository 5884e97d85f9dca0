#include "broker/token_watches.h"

#include "broker/watch_progress.h"
#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Tells everything at once, as a transport with a quick reader does.
class RecordingWatcher : public TokenWatcher {
 public:
  explicit RecordingWatcher(int64_t known_generation = 0) : progress_(known_generation) {}

  void Show(WatchView view) override {
    ++shows;
    for (;;) {
      switch (progress_.Advance(view)) {
        case WatchProgress::Message::kNone:
          return;
        case WatchProgress::Message::kToken:
          told.emplace_back(std::string(view.token->access_token.Expose()));
          last_generation = view.generation;
          break;
        case WatchProgress::Message::kStatus:
          told.push_back(Text(view));
          break;
      }
    }
  }
  void End(absl::Status why) override {
    const absl::optional<Refusal> refusal = RefusalOf(why);
    told.push_back(absl::StrCat("end ", refusal ? ReasonName(refusal->reason) : ""));
  }

  std::vector<std::string> told;
  int64_t last_generation = 0;
  int shows = 0;

 private:
  static std::string Text(const WatchView& view) {
    constexpr const char* kStates[] = {"ACTIVE", "REAUTHORIZATION_REQUIRED", "FROZEN", "REVOKED",
                                       "ABSENT"};
    const absl::string_view reason = StateReasonName(view.reason);
    return absl::StrCat(kStates[static_cast<int>(view.state)], reason.empty() ? "" : " ", reason);
  }

  WatchProgress progress_;
};

class TokenWatchesTest : public BrokerTest {
 protected:
  using Watcher = std::shared_ptr<RecordingWatcher>;

  Watcher Begin(int64_t known_generation = 0, WatchRights rights = {}) {
    auto watcher = std::make_shared<RecordingWatcher>(known_generation);
    watches_.Begin(watcher, {key_, known_generation}, std::move(rights));
    Settle();
    return watcher;
  }
  static WatchRights OwnedBy(const std::string& owner) {
    WatchRights rights;
    rights.required_owner = owner;
    return rights;
  }
  static WatchRights Within(std::vector<std::string> max_scopes) {
    auto kept = std::make_shared<const std::vector<std::string>>(std::move(max_scopes));
    WatchRights rights;
    rights.max_scopes = kept.get();
    rights.keeper = kept;
    return rights;
  }

  // Another login, with a token of that name.
  int64_t LogInAgain(const std::string& token) {
    Advance(absl::Milliseconds(5));
    Grant grant = NewGrant();
    grant.access_token = Secret(token);
    return Store(std::move(grant));
  }
  // As another replica refreshes: this one hears of it only by the change message.
  int64_t RefreshElsewhere(const std::string& token) {
    Advance(absl::Milliseconds(5));
    const Grant stored = Stored();
    BeginRefreshRequest begin;
    begin.key = key_;
    begin.known_generation = stored.generation;
    begin.attempt = RandomBytes(16);
    begin.not_after = SteadyTime::InfiniteFuture();
    const BeginRefreshAnswer go = Run(store_.BeginRefresh(begin));
    CommitRequest commit;
    commit.attempt = begin.attempt;
    commit.parent = stored.refresh_token_generation;
    commit.next = go.next;
    commit.record = *go.grant;
    commit.record.access_token = Secret(token);
    const CommitAnswer answer = Run(store_.Commit(commit));
    EXPECT_EQ(answer.outcome, CommitAnswer::Outcome::kStored);
    Settle();
    return answer.generation;
  }
  void Flap() {
    store_.CutSubscription();
    Settle();
    Advance(absl::Milliseconds(1));
    store_.RestoreSubscription();
    Settle();
  }

  // As a real store says so: there a task that is spawned runs at once, up to its first wait.
  void ConnectOnTheLoop() {
    loop_.Post([this] { watches_.OnConnected(); });
    Settle();
  }

  TokenWatches watches_{parts_, broker_};
};

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

TEST_F(TokenWatchesTest, WaitsForAStoreThatDoesNotAnswer) {
  Store(NewGrant());
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable});
  const Watcher watcher = Begin();
  Advance(absl::Minutes(5));
  EXPECT_THAT(watcher->told, IsEmpty());
  store_.faults().Heal();
  Advance(absl::Seconds(2));
  EXPECT_THAT(watcher->told, ElementsAre("access-0"));
}

TEST_F(TokenWatchesTest, LooksAgainForAChangeThatTheStoreWouldNotShow) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kNone}, 1);
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable}, 3);
  RefreshElsewhere("from-elsewhere");
  EXPECT_THAT(watcher->told, ElementsAre("access-0"));
  Advance(absl::Seconds(8));
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "from-elsewhere"));
}

TEST_F(TokenWatchesTest, WhatChangedWhileNobodyListenedIsShownAfterwards) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  store_.CutSubscription();
  Settle();
  RefreshElsewhere("unheard");
  EXPECT_THAT(watcher->told, ElementsAre("access-0"));
  store_.RestoreSubscription();
  Settle();
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "unheard"));
}

TEST_F(TokenWatchesTest, AfterACutAFewGrantsAreLookedAtATime) {
  std::vector<Watcher> watchers;
  for (int i = 0; i < 100; ++i) {
    key_.subject = absl::StrCat("user-", i);
    Store(NewGrant());
    watchers.push_back(Begin());
  }
  store_.faults().InjectEverywhere({StoreFault::What::kNone, absl::Milliseconds(10)});
  Flap();
  const size_t in_flight = parts_.announced.size();
  EXPECT_GT(in_flight, 0u);
  EXPECT_LE(in_flight, 8u);
  Advance(absl::Seconds(1));
  EXPECT_EQ(parts_.announced.size(), 0u);
}

TEST_F(TokenWatchesTest, ManyWatchersAreShownAFewAtATurnOfTheLoop) {
  Store(NewGrant());
  std::vector<Watcher> watchers;
  for (int i = 0; i < 100; ++i) watchers.push_back(Begin());
  auto token = std::make_shared<CachedToken>(*parts_.cache.Peek(key_.view()));
  token->generation += 1;
  parts_.Cache(key_, token);
  size_t told = 0;
  loop_.Post([&] {
    for (const Watcher& watcher : watchers) told += watcher->told.size() - 1;
  });
  Settle();
  EXPECT_GT(told, 0u);
  EXPECT_LT(told, 50u);
  for (const Watcher& watcher : watchers) EXPECT_THAT(watcher->told, SizeIs(2));
}

TEST_F(TokenWatchesTest, KeepsWatchingWhatTheCacheForgot) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  parts_.cache.Erase(key_.view(), INT64_MAX);
  RefreshElsewhere("from-elsewhere");
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "from-elsewhere"));
  parts_.cache.Erase(key_.view(), INT64_MAX);
  Flap();
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "from-elsewhere"));
}

TEST_F(TokenWatchesTest, AWatchedGrantIsUsedAndKeptFreshBeyondItsActiveWindow) {
  Configure([](ProviderConfig* p) { p->refresh.active_window = absl::Hours(2); });
  Store(NewGrant());
  refresher_.Start();
  const Watcher watcher = Begin();
  Advance(absl::Hours(8));
  EXPECT_GE(watcher->told.size(), 8u);
  EXPECT_LE(clock_.TimeNow() - Stored().last_used_at, absl::Minutes(20));
}

TEST_F(TokenWatchesTest, AGrantIsIdleAgainWhenNobodyWatchesAnyMore) {
  Configure([](ProviderConfig* p) { p->refresh.active_window = absl::Hours(1); });
  Store(NewGrant());
  refresher_.Start();
  const Watcher watcher = Begin();
  Advance(absl::Hours(3));
  watches_.Leave(watcher.get());
  EXPECT_EQ(watches_.size(), 0u);
  Advance(absl::Hours(3));
  const size_t refreshes = endpoint_.refreshes().size();
  Advance(absl::Hours(5));
  EXPECT_EQ(endpoint_.refreshes().size(), refreshes);
}

TEST_F(TokenWatchesTest, WhoHasLeftIsShownNothing) {
  Store(NewGrant());
  const Watcher leaves = Begin();
  const Watcher stays = Begin();
  watches_.Leave(leaves.get());
  watches_.Leave(leaves.get());
  RefreshElsewhere("from-elsewhere");
  EXPECT_THAT(leaves->told, ElementsAre("access-0"));
  EXPECT_THAT(stays->told, SizeIs(2));
}

TEST_F(TokenWatchesTest, WhoLeavesBeforeTheFirstTokenIsShownNothing) {
  StoreExpired();
  endpoint_.Hold();
  const Watcher watcher = Begin();
  watches_.Leave(watcher.get());
  endpoint_.Release();
  Settle();
  EXPECT_THAT(watcher->told, IsEmpty());
  EXPECT_EQ(watches_.size(), 0u);
}

TEST_F(TokenWatchesTest, ARevokedTokenIsNotShownWhileTheStoreIsSilent) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  const Watcher of_another = Begin(0, OwnedBy("dns:b"));
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
  watches_.ChangeRights(of_another.get(), {});
  const Watcher late = Begin();
  EXPECT_THAT(of_another->told, ElementsAre("ABSENT"));
  EXPECT_THAT(late->told, IsEmpty());
  store_.faults().Heal();
  Advance(absl::Seconds(2));
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "REVOKED revoked"));
  EXPECT_THAT(of_another->told, ElementsAre("ABSENT", "REVOKED revoked"));
  EXPECT_THAT(late->told, ElementsAre("REVOKED revoked"));
}

TEST_F(TokenWatchesTest, ATokenThatOnlyThisProcessHasYetIsShown) {
  Store(NewGrant());
  const Watcher watcher = Begin();
  Advance(absl::Minutes(56));
  store_.faults().Inject(StoreVerb::kCommit, {StoreFault::What::kUnavailable}, 100);
  Touch();
  Advance(absl::Seconds(1));
  EXPECT_THAT(watcher->told, ElementsAre("access-0", "access-1"));
}

// All of them leave while the store's answer is taken in.
TEST_F(TokenWatchesTest, EndsAllWhoMayNotSeeWhatTheStoreHasWhenItIsBack) {
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable});
  const std::vector<Watcher> watchers = {Begin(0, Within({"write"})), Begin(0, Within({"write"})),
                                         Begin(0, Within({"write"}))};
  for (const Watcher& watcher : watchers) EXPECT_THAT(watcher->told, IsEmpty());
  store_.faults().Heal();
  Store(NewGrant());
  ConnectOnTheLoop();
  for (const Watcher& watcher : watchers) {
    EXPECT_THAT(watcher->told, ElementsAre("end CALLER_NOT_ALLOWED"));
  }
  EXPECT_EQ(watches_.size(), 0u);
}

TEST_F(TokenWatchesTest, LooksForNobodyWhoLeftWhileTheStoreWasAway) {
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable});
  const Watcher gone = Begin();
  watches_.Leave(gone.get());
  store_.faults().Heal();
  ConnectOnTheLoop();
  Store(NewGrant());
  EXPECT_THAT(gone->told, IsEmpty());
  EXPECT_THAT(Begin()->told, ElementsAre("access-0"));
}

}  // namespace
}  // namespace tokenbroker
