#include "store/memory_store.h"

#include <absl/strings/str_cat.h>

#include "tests/store/grant_store_contract.h"
#include "tests/store/login_store_contract.h"
#include "tests/store/memory_under_test.h"

namespace tokenbroker {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, GrantStoreContract, ::testing::Values(MemoryParam()));
INSTANTIATE_TEST_SUITE_P(Memory, LoginStoreContract, ::testing::Values(MemoryParam()));

class MemoryStoreTest : public LoopTest {
 protected:
  PutGrantAnswer Put(PutKind kind, const std::string& subject) {
    PutGrantRequest request;
    request.kind = kind;
    request.attempt = absl::StrCat("attempt-", ++attempts_);
    request.generation = absl::ToUnixMillis(clock_.TimeNow()) + attempts_;
    request.not_after = SteadyTime::InfiniteFuture();
    request.record.key = {"t", "p", subject};
    return Run(store_.PutGrant(std::move(request)));
  }
  void CreateLogin(int n) {
    EXPECT_EQ(Run(store_.CreateLogin(absl::StrCat("state-", n), Login())).outcome,
              CreateLoginAnswer::Outcome::kStored);
  }

  int64_t attempts_ = 0;
  MemoryStore store_{loop_, clock_};
};

TEST_F(MemoryStoreTest, DropsExpiredLoginsAsNewOnesCome) {
  for (int i = 0; i < 100; ++i) CreateLogin(i);
  Advance(kLoginLife);
  for (int i = 100; i < 120; ++i) CreateLogin(i);
  EXPECT_EQ(store_.login_records(), 20u);
}

TEST_F(MemoryStoreTest, DropsOldTombstonesAsGrantsArePut) {
  for (int i = 0; i < 100; ++i) Put(PutKind::kDelete, absl::StrCat(i));
  EXPECT_EQ(store_.grant_records(), 100u);
  Advance(kTombstoneLife);
  for (int i = 100; i < 120; ++i) Put(PutKind::kImport, absl::StrCat(i));
  EXPECT_EQ(store_.grant_records(), 20u);
}

TEST_F(MemoryStoreTest, ADelayedCallIsExecutedWhenItsDelayHasPassed) {
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kNone, absl::Seconds(3)});
  const SteadyTime sent = clock_.SteadyNow();
  const Future<LoadAnswer> load = Start(store_.Load({"t", "p", "s"}));
  Advance(absl::Seconds(2));
  EXPECT_FALSE(load->has_value());
  Put(PutKind::kImport, "s");
  Advance(absl::Seconds(1));
  ASSERT_TRUE(load->has_value());
  EXPECT_EQ((*load)->outcome, LoadAnswer::Outcome::kFound);
  EXPECT_EQ((*load)->time.steady, sent);
  EXPECT_EQ((*load)->time.store_time, clock_.TimeNow());
}

TEST_F(MemoryStoreTest, FaultsHitAsManyCallsAsTheyWereInjectedFor) {
  store_.faults().Inject(StoreVerb::kLoad, {StoreFault::What::kUnavailable}, 2);
  const GrantKey key{"t", "p", "s"};
  EXPECT_EQ(Run(store_.Load(key)).outcome, LoadAnswer::Outcome::kUnavailable);
  EXPECT_EQ(Run(store_.Load(key)).outcome, LoadAnswer::Outcome::kUnavailable);
  EXPECT_EQ(Run(store_.Load(key)).outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_F(MemoryStoreTest, AFaultEverywhereLastsUntilItIsHealed) {
  store_.faults().InjectEverywhere({StoreFault::What::kUnavailable});
  EXPECT_EQ(Put(PutKind::kImport, "s").outcome, PutGrantAnswer::Outcome::kUnavailable);
  EXPECT_EQ(Run(store_.Load({"t", "p", "s"})).outcome, LoadAnswer::Outcome::kUnavailable);
  store_.faults().Heal();
  EXPECT_EQ(Run(store_.Load({"t", "p", "s"})).outcome, LoadAnswer::Outcome::kNotFound);
}

TEST_F(MemoryStoreTest, TellsEveryListener) {
  ChangeRecorder first;
  ChangeRecorder second;
  store_.Subscribe(&first);
  store_.Subscribe(&second);
  Put(PutKind::kImport, "s");
  Settle();
  EXPECT_EQ(first.changes.size(), 1u);
  EXPECT_EQ(second.changes.size(), 1u);
}

TEST_F(MemoryStoreTest, MessagesOfAStoreThatHasGoneAreDropped) {
  ChangeRecorder recorder;
  {
    MemoryStore short_lived(loop_, clock_);
    short_lived.Subscribe(&recorder);
  }
  Settle();
  EXPECT_EQ(recorder.connections, 0);
}

}  // namespace
}  // namespace tokenbroker
