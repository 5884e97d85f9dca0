#include "tests/broker/token_watches_test.h"

namespace tokenbroker {
namespace {

// What is watched while the store is away, after a cut, and when watchers leave.

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

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
