// Change messages that overtake an answer which the store gave before the change.
#include "broker/announced_changes.h"

#include "tests/broker/broker_test.h"

namespace tokenbroker {
namespace {

// A store whose answers travel for a second, while its change messages do not.
class SlowAnswers : public MemoryStore {
 public:
  SlowAnswers(Loop& loop, Clock& clock) : MemoryStore(loop, clock), loop_(loop) {}
  Task<LoadAnswer> Load(GrantKey key) override {
    LoadAnswer answer = co_await MemoryStore::Load(std::move(key));
    co_await loop_.Sleep(absl::Seconds(1));
    co_return answer;
  }
  Task<CommitAnswer> Commit(CommitRequest request) override {
    CommitAnswer answer = co_await MemoryStore::Commit(std::move(request));
    co_await loop_.Sleep(absl::Seconds(1));
    co_return answer;
  }

 private:
  Loop& loop_;
};

class OvertakenTest : public BrokerTest {
 protected:
  OvertakenTest() { Settle(); }
  ~OvertakenTest() override { loop_.DropTasks(); }

  void Put(PutKind kind, Grant record) {
    PutGrantRequest put;
    put.kind = kind;
    put.attempt = RandomBytes(16);
    put.generation = absl::ToUnixMillis(clock_.TimeNow());
    put.not_after = SteadyTime::InfiniteFuture();
    put.record = std::move(record);
    EXPECT_EQ(Run(slow_.PutGrant(std::move(put))).outcome, PutGrantAnswer::Outcome::kStored);
    Settle();
  }
  Answer AskSlowly() {
    auto answer = std::make_shared<absl::optional<absl::StatusOr<FreshToken>>>();
    broker_of_slow_.GetFreshToken(
        Query(), SteadyTime::InfiniteFuture(),
        [answer](absl::StatusOr<FreshToken> a) { answer->emplace(std::move(a)); });
    Settle();
    return answer;
  }

  SlowAnswers slow_{loop_, clock_};
  TokenCache cache_of_slow_{100};
  BrokerParts parts_of_slow_{loop_,     metrics_,  config_,        slow_,  spill_,
                             resolver_, endpoint_, cache_of_slow_, jitter_};
  TokenBroker broker_of_slow_{parts_of_slow_};
};

TEST_F(OvertakenTest, ARevocationThatOvertakesALoadIsNotForgotten) {
  Put(PutKind::kLogin, NewGrant());
  const Answer answer = AskSlowly();
  Put(PutKind::kRevoke, NewGrant());
  Advance(absl::Seconds(5));
  EXPECT_EQ(RefusalIn(**answer).cause, "revoked");
  EXPECT_EQ(parts_of_slow_.announced.size(), 0u);
}

TEST_F(OvertakenTest, ALoginThatOvertakesALoadIsServed) {
  Put(PutKind::kLogin, NewGrant());
  const Answer answer = AskSlowly();
  clock_.AdvanceTime(absl::Milliseconds(1));
  Grant login = NewGrant();
  login.access_token = Secret("after-login");
  Put(PutKind::kLogin, std::move(login));
  Advance(absl::Seconds(5));
  EXPECT_EQ(TokenOf(**answer), "after-login");
  EXPECT_EQ(TokenOf(**AskSlowly()), "after-login");
}

TEST_F(OvertakenTest, ARevocationThatOvertakesACommitThatIsServedFromTheDiskIsNotForgotten) {
  Put(PutKind::kLogin, NewGrant());
  AskSlowly();
  Advance(absl::Hours(2));
  const Answer answer = AskSlowly();
  Advance(absl::Milliseconds(200));
  ASSERT_EQ(TokenOf(**answer), "access-1") << "kept, and the flight has ended";
  Put(PutKind::kRevoke, NewGrant());
  Advance(absl::Seconds(5));
  const Answer later = AskSlowly();
  Advance(absl::Seconds(5));
  EXPECT_EQ(RefusalIn(**later).cause, "revoked");
  EXPECT_EQ(parts_of_slow_.announced.size(), 0u);
}

TEST_F(OvertakenTest, ARevocationThatOvertakesACommitIsNotForgotten) {
  Put(PutKind::kLogin, NewGrant());
  AskSlowly();
  Advance(absl::Hours(2));
  const Answer answer = AskSlowly();
  ASSERT_EQ(endpoint_.refreshes().size(), 1u);
  Put(PutKind::kRevoke, NewGrant());
  Advance(absl::Seconds(5));
  EXPECT_EQ(RefusalIn(**answer).cause, "revoked");
  EXPECT_EQ(parts_of_slow_.announced.size(), 0u);
}

}  // namespace
}  // namespace tokenbroker
