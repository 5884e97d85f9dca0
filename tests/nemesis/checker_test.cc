#include "tests/nemesis/checker.h"

#include <absl/strings/match.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;
using provider_simulator::TokenRequestSeen;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

absl::Time At(double seconds) {
  return absl::FromUnixSeconds(1'800'000'000) + absl::Seconds(seconds);
}

// A run in which all goes well: alice's token is refreshed once, and asked for before and after.
class CheckerTest : public ::testing::Test {
 protected:
  CheckerTest() {
    history_.accounts = {{"alice", "account-alice"}, {"bob", "account-bob"}};
    history_.provider = {Given(0, "", "at-1", "rt-1"), Given(100, "rt-1", "at-2", "rt-2")};
    history_.answers = {Answered(50, 0, "at-1", 1), Answered(110, 0, "at-2", 2),
                        Answered(120, 1, "at-2", 2)};
    history_.ends = {{"alice", "", true}};
  }

  static TokenRequestSeen Given(double at, const std::string& presented, const std::string& access,
                                const std::string& refresh) {
    TokenRequestSeen seen;
    seen.begun = At(at);
    seen.ended = At(at + 0.5);
    seen.presented = presented;
    seen.accepted = true;
    seen.account_id = "account-alice";
    seen.access_token = access;
    seen.refresh_token = refresh;
    return seen;
  }
  static TokenRequestSeen Refused(double at, const std::string& presented) {
    TokenRequestSeen seen;
    seen.begun = At(at);
    seen.ended = At(at + 0.5);
    seen.presented = presented;
    return seen;
  }
  static Answer Answered(double at, int replica, const std::string& token, int64_t generation) {
    Answer answer;
    answer.asked = At(at);
    answer.answered = At(at + 0.1);
    answer.replica = replica;
    answer.subject = "alice";
    answer.access_token = token;
    answer.generation = generation;
    answer.expires = At(1000);
    return answer;
  }
  static Answer Failed(double at, int replica, const std::string& error) {
    Answer answer = Answered(at, replica, "", 0);
    answer.error = error;
    return answer;
  }
  void Happens(Fault fault, double from, double to, int replica = -1) {
    history_.incidents.push_back({fault, At(from), At(to), replica});
  }
  std::vector<std::string> Violations() { return Check(history_).violations; }

  History history_;
};

TEST_F(CheckerTest, FindsNothingWhereAllIsWell) { EXPECT_THAT(Violations(), IsEmpty()); }

TEST_F(CheckerTest, FindsATokenThatIsPresentedTwiceAtOnce) {
  history_.answers.clear();
  history_.provider.push_back(Refused(100.2, "rt-1"));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("1: rt-1")));
  Happens(Fault::kReplicaKilled, 99, 101, 0);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("1: rt-1"))) << "a dead one's call has ended";
  Happens(Fault::kReplicaPaused, 99, 101, 0);
  EXPECT_THAT(Violations(), IsEmpty());
  EXPECT_EQ(Check(history_).explained_overlaps, 1);
}

TEST_F(CheckerTest, LetsWhatMayBePresentedAgainOverlapOnceALeaseMayBeLost) {
  history_.answers.clear();
  history_.rotation = Rotation::kGrace;
  history_.provider.push_back(Refused(100.2, "rt-1"));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("1: rt-1")));
  Happens(Fault::kRedisPaused, 99, 101);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedAfterItsSuccessorWasAnswered) {
  history_.provider.push_back(Refused(130, "rt-1"));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("2: rt-1")));
  Happens(Fault::kReplicaKilled, 105, 106, 0);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("2: rt-1"))) << "it was stored";
  Happens(Fault::kRedisKilled, 105, 106);
  EXPECT_THAT(Violations(), IsEmpty()) << "it lay on the disk of who had died";
}

TEST_F(CheckerTest, FindsATokenThatNobodyGave) {
  history_.answers.push_back(Answered(130, 0, "at-invented", 3));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("3: alice")));
}

TEST_F(CheckerTest, FindsATokenOfSomebodyElse) {
  history_.provider[1].account_id = "account-bob";
  history_.answers.resize(2);
  EXPECT_THAT(Violations(), ElementsAre(testing::HasSubstr("a token of account-bob")));
}

TEST_F(CheckerTest, FindsATokenThatHadExpired) {
  history_.answers[2].expires = At(119);
  EXPECT_THAT(Violations(), ElementsAre(testing::HasSubstr("had expired")));
}

TEST_F(CheckerTest, LetsAReplicaWhoseClockWasSetSayAnotherTimeOfExpiry) {
  history_.answers[2].expires = At(119);
  Happens(Fault::kReplicaClockStepped, 110, 130, 0);
  EXPECT_THAT(Violations(), ElementsAre(testing::HasSubstr("had expired"))) << "another's clock";
  Happens(Fault::kReplicaClockStepped, 110, 130, 1);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenThatHadExpiredByTheProvidersClock) {
  history_.token_life = absl::Seconds(19);
  history_.answers.erase(history_.answers.begin());
  Happens(Fault::kReplicaClockStepped, 110, 130, 1);
  EXPECT_THAT(Violations(), ElementsAre(testing::HasSubstr("the provider gave at")));
  Happens(Fault::kRedisClockStepped, 101, 102);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsAGenerationThatGoesBackAtAReplica) {
  history_.answers.push_back(Answered(111, 0, "at-1", 1));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("4: alice")));
  Happens(Fault::kRedisFailedOver, 105, 111);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("4: alice"))) << "it knew better";
  Happens(Fault::kReplicaKilled, 110.5, 110.8, 0);
  EXPECT_THAT(Violations(), IsEmpty()) << "it was another process";
}

TEST_F(CheckerTest, FindsAGenerationThatGoesBackAnywhereWhenAllIsWell) {
  history_.answers[2] = Answered(111, 1, "at-1", 1);
  EXPECT_THAT(Violations(), IsEmpty()) << "the news is under way";
  history_.answers[2] = Answered(120, 1, "at-1", 1);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("4: alice")));
  Happens(Fault::kRedisPaused, 105, 119);
  EXPECT_THAT(Violations(), IsEmpty()) << "it could not know";
}

TEST_F(CheckerTest, FindsAGrantThatEndedAndThatTheProviderHas) {
  history_.ends = {{"alice", "REAUTHORIZATION_REQUIRED", true}};
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("5: alice")));
}

TEST_F(CheckerTest, FindsAGrantThatEndedByAReuseForNoReason) {
  history_.ends = {{"alice", "REAUTHORIZATION_REQUIRED", false}};
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("5: alice")));
  Happens(Fault::kReplicaKilled, 100, 101, 0);
  EXPECT_THAT(Violations(), IsEmpty());
  EXPECT_EQ(Check(history_).explained_losses, 1);
  history_.rotation = Rotation::kNone;
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("5: alice"))) << "it could have been repeated";
  history_.rotation = Rotation::kGrace;
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("5: alice"))) << "there was time to repeat it";
  Happens(Fault::kProviderDown, 110, 120);
  EXPECT_THAT(Violations(), IsEmpty()) << "there was not";
  history_.rotation = Rotation::kSingleUse;
  history_.provider.push_back(Refused(130, "rt-2"));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("5: alice")))
      << "the newest had not been lost: somebody presented it";
}

TEST_F(CheckerTest, FindsAGrantThatNobodyGetsATokenOfInTheEnd) {
  history_.ends = {{"alice", "STORE_UNAVAILABLE", true}};
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("5: alice")));
}

TEST_F(CheckerTest, FindsAnErrorWithoutACause) {
  history_.answers.push_back(Failed(130, 1, "STORE_UNAVAILABLE"));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice")));
  Happens(Fault::kProviderDown, 125, 131);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice"))) << "no reason for this one";
  Happens(Fault::kRedisKilled, 125, 131);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsAMisconfigurationWhoseSecretIsRight) {
  history_.answers.push_back(Failed(130, 1, "PROVIDER_MISCONFIGURED"));
  Happens(Fault::kProviderDown, 125, 131);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice")));
  Happens(Fault::kClientSecretChanged, 125, 131);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, LetsATokenOfUnknownRotationBeWaitedFor) {
  history_.answers.push_back(Failed(160, 1, "PROVIDER_UNAVAILABLE"));
  Happens(Fault::kProviderLosesAnswers, 100, 110);
  EXPECT_THAT(Violations(), IsEmpty());
  history_.rotation = Rotation::kNone;
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice"))) << "it is presented at once";
}

TEST_F(CheckerTest, FindsAnErrorWhereOnlyAReplicasClockWasSet) {
  history_.answers.push_back(Failed(130, 1, "STORE_UNAVAILABLE"));
  Happens(Fault::kReplicaClockStepped, 125, 131, 1);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice")));
}

TEST_F(CheckerTest, FindsAConnectionThatEndsWhileAnotherReplicaDied) {
  history_.answers.push_back(Failed(130, 1, "UNAVAILABLE"));
  Happens(Fault::kReplicaKilled, 125, 131, 0);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice")));
  Happens(Fault::kReplicaKilled, 125, 131, 1);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsACallThatIsCutWhereOnlyRedisOrTheProviderWasLost) {
  history_.answers.push_back(Failed(130, 1, "UNAVAILABLE"));
  Happens(Fault::kPacketsLost, 125, 131, 1);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice"))) << "its callers are elsewhere";
  history_.answers.back().error = "PROVIDER_UNAVAILABLE";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsAnErrorOfTheProviderWhereADiskWasFull) {
  history_.answers.push_back(Failed(130, 1, "PROVIDER_UNAVAILABLE"));
  Happens(Fault::kSpillFull, 125, 131, 1);
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice")));
  history_.answers.back().error = "STORE_UNAVAILABLE";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(CheckerTest, FindsWhoWasToldToLogInAgainForNothing) {
  history_.answers.push_back(Failed(130, 1, "REAUTHORIZATION_REQUIRED"));
  EXPECT_THAT(Violations(), ElementsAre(StartsWith("6: alice")));
}

}  // namespace
}  // namespace tokenbroker
