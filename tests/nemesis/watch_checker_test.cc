#include "tests/nemesis/watch_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;
using provider_simulator::TokenRequestSeen;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

absl::Time At(double seconds) {
  return absl::FromUnixSeconds(1'800'000'000) + absl::Seconds(seconds);
}

// Alice is watched at replica 1 while her token is refreshed once.
class WatchCheckerTest : public ::testing::Test {
 protected:
  WatchCheckerTest() {
    history_.rotation = Rotation::kNone;
    history_.accounts = {{"alice", "account-alice"}};
    history_.provider = {Given(0, "at-1"), Given(100, "at-2")};
    history_.watches.emplace_back();
    watch().begun = At(50);
    watch().ended = At(150);
    watch().replica = 1;
    watch().subject = "alice";
    Told(50.1, "at-1", 1);
    Told(100.6, "at-2", 2);
  }

  static TokenRequestSeen Given(double at, const std::string& access) {
    TokenRequestSeen seen;
    seen.begun = At(at);
    seen.accepted = true;
    seen.account_id = "account-alice";
    seen.access_token = access;
    return seen;
  }
  Watch& watch() { return history_.watches[0]; }
  void Told(double at, const std::string& token, int64_t generation) {
    watch().messages.push_back({At(at), generation, token, At(1000), ""});
  }
  void ToldState(double at, const std::string& state, int64_t generation) {
    watch().messages.push_back({At(at), generation, "", {}, state});
  }
  void Answered(double at, int replica, int64_t generation) {
    Answer answer;
    answer.asked = At(at - 0.1);
    answer.answered = At(at);
    answer.replica = replica;
    answer.subject = "alice";
    answer.access_token = "at-2";
    answer.generation = generation;
    history_.answers.push_back(answer);
  }
  void Happens(Fault fault, double from, double to, int replica = -1) {
    history_.incidents.push_back({fault, At(from), At(to), replica});
  }
  std::vector<std::string> Violations() { return ViolationsOfWatches(history_); }

  History history_;
};

TEST_F(WatchCheckerTest, FindsNothingWhereAllIsWell) {
  Answered(100.7, 0, 2);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(WatchCheckerTest, FindsATokenThatNobodyGave) {
  Told(110, "at-invented", 3);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("never gave")));
}

TEST_F(WatchCheckerTest, FindsATokenOfSomebodyElse) {
  history_.provider[1].account_id = "account-bob";
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("a token of account-bob")));
}

TEST_F(WatchCheckerTest, FindsATokenThatHadExpired) {
  watch().messages[1].expires = At(100);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("had expired")));
  Happens(Fault::kReplicaPaused, 90, 100, 0);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("had expired"))) << "another replica";
  Happens(Fault::kReplicaPaused, 90, 100, 1);
  EXPECT_THAT(Violations(), IsEmpty()) << "it was on its way";
}

TEST_F(WatchCheckerTest, FindsAGenerationThatGoesBackOrComesAgain) {
  watch().messages[1].generation = 1;
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("and had that of 1")));
  Happens(Fault::kRedisFailedOver, 90, 100);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("and had that of 1"))) << "it knew better";
}

TEST_F(WatchCheckerTest, FindsAWatcherWhoIsToldWhatHeHas) {
  watch().known_generation = 1;
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("and had that of 1")));
  Happens(Fault::kRedisFailedOver, 40, 45);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("and had that of 1"))) << "that explains nothing";
}

TEST_F(WatchCheckerTest, FindsAWatcherWhoIsToldLessThanHeHas) {
  watch().messages.pop_back();
  watch().known_generation = 2;
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("and had that of 2")));
  Happens(Fault::kRedisFailedOver, 40, 45);
  EXPECT_THAT(Violations(), IsEmpty()) << "the store may have had no more";
}

TEST_F(WatchCheckerTest, FindsAStateWithoutACause) {
  ToldState(120, "ACTIVE", 2);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("was told ACTIVE")));
  Happens(Fault::kProviderDown, 110, 120);
  EXPECT_THAT(Violations(), IsEmpty());
  ToldState(121, "ABSENT", 2);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("was told ABSENT"))) << "nobody deletes";
}

TEST_F(WatchCheckerTest, FindsAFreezeWithoutACause) {
  Happens(Fault::kProviderDown, 110, 120);
  ToldState(120, "FROZEN", 2);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("was told FROZEN")));
  Happens(Fault::kClientSecretChanged, 110, 120);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(WatchCheckerTest, FindsAStateThatIsToldTwice) {
  Happens(Fault::kProviderDown, 110, 120);
  ToldState(120, "ACTIVE", 2);
  ToldState(121, "ACTIVE", 2);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("told twice ACTIVE")));
}

TEST_F(WatchCheckerTest, FindsAStateThatIsOlderThanItsToken) {
  Happens(Fault::kProviderDown, 110, 120);
  ToldState(120, "ACTIVE", 1);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("a state of generation 1")));
}

TEST_F(WatchCheckerTest, FindsWhoWasToldToHaveTheUserLogInAgainForNothing) {
  ToldState(120, "REAUTHORIZATION_REQUIRED rotation_lost", 2);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("log in again")));
  history_.ends = {{"alice", "REAUTHORIZATION_REQUIRED", false}};
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(WatchCheckerTest, FindsAWatcherWhoDoesNotHearOfAToken) {
  Answered(120, 0, 3);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("had heard of generation 2")));
  Happens(Fault::kReplicaKilled, 118, 119, 2);
  Happens(Fault::kProviderDown, 118, 119);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("had heard of generation 2"))) << "no reason";
  Happens(Fault::kReplicaPaused, 118, 119, 1);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(WatchCheckerTest, GivesTheNewsTimeToArrive) {
  Answered(149, 0, 3);
  EXPECT_THAT(Violations(), IsEmpty()) << "the watch ended before";
  Answered(120, 0, 3);
  Told(124, "at-2", 3);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(WatchCheckerTest, FindsAStreamThatEndsByItself) {
  watch().error = "UNAVAILABLE";
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("left with UNAVAILABLE")));
  Happens(Fault::kReplicaRestarted, 149, 151, 0);
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("left with UNAVAILABLE"))) << "another replica";
  Happens(Fault::kReplicaRestarted, 149, 151, 1);
  EXPECT_THAT(Violations(), IsEmpty());
  watch().error = "STORE_UNAVAILABLE";
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("left with STORE_UNAVAILABLE")));
}

}  // namespace
}  // namespace tokenbroker
