// The checker itself, with violations planted.
#include "tests/simulation/checker.h"

#include <gmock/gmock.h>

namespace tokenbroker::simulation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Heard = Presentation::Heard;

constexpr Process kA{0, 0};
constexpr Process kB{1, 0};

// A history in which one grant is logged in at 0 s with token 0, whose access token lives a minute.
class CheckerTest : public ::testing::Test {
 protected:
  CheckerTest() {
    h_.grants = 1;
    h_.families.push_back({});
    AddToken(-1);
    Store(Write::Kind::kLogin, 0, 100, 0);
    h_.endings.push_back({Ending::State::kActive, 0});
    h_.end = At(300);
  }

  static SteadyTime At(double seconds) { return SteadyTime::FromOrigin(absl::Seconds(seconds)); }

  int AddToken(int parent) {
    RefreshToken token;
    token.parent = parent;
    token.access_expires = At(60);
    h_.tokens.push_back(token);
    return static_cast<int>(h_.tokens.size()) - 1;
  }
  Write& Store(Write::Kind kind, int token, int64_t generation, double at, Process by = kA) {
    Write write;
    write.kind = kind;
    write.token = token;
    write.generation = generation;
    write.at = At(at);
    write.by = by;
    h_.writes.push_back(write);
    h_.endings.assign(1, {Ending::State::kActive, token});
    return h_.writes.back();
  }
  Presentation& Present(int token, Process by, double sent) {
    Presentation p;
    p.token = token;
    p.by = by;
    p.sent = At(sent);
    h_.presentations.push_back(p);
    return h_.presentations.back();
  }
  void Hear(Heard heard, double at, int successor = -1) {
    Presentation& p = h_.presentations.back();
    p.heard = heard;
    p.heard_at = p.acted = At(at);
    p.successor = successor;
  }
  Answer& Tell(Process by, double at, int64_t generation) {
    Answer answer;
    answer.by = by;
    answer.asked = answer.answered = At(at);
    answer.token_grant = 0;
    answer.generation = generation;
    h_.answers.push_back(answer);
    return h_.answers.back();
  }
  void Suffer(Trouble::Kind kind, int replica, double from, double to) {
    h_.troubles.push_back({kind, replica, At(from), At(to)});
  }

  std::vector<Invariant> Broken() const {
    std::vector<Invariant> broken;
    for (const Violation& v : Check(h_)) broken.push_back(v.invariant);
    return broken;
  }

  History h_;
};

TEST_F(CheckerTest, FindsNothingWrongWithAnOrdinaryRefresh) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Store(Write::Kind::kRefresh, 1, 200, 49.1);
  Tell(kA, 50, 200);
  Tell(kB, 55, 200);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedTwiceAtATime) {
  Present(0, kA, 48);
  Present(0, kB, 49);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
}

TEST_F(CheckerTest, LetsASingleUseTokenBePresentedAgainAfterThePatienceOnly) {
  Suffer(Trouble::Kind::kCrash, 0, 48.5, 100);
  Present(0, kA, 48);
  Present(0, kB, 89);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.presentations.back().sent = At(80);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
}

TEST_F(CheckerTest, WantsTheAccessTokenToEndBeforeThePatienceDoes) {
  Suffer(Trouble::Kind::kCrash, 0, 11, 100);
  Present(0, kA, 10);
  Hear(Heard::kLostAnswer, 20);
  Present(0, kB, 52);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
}

TEST_F(CheckerTest, KnowsTheAccessTokenOfALoginThatInherits) {
  Suffer(Trouble::Kind::kCrash, 0, 11, 200);
  Present(0, kA, 10);
  Hear(Heard::kLostAnswer, 20);
  Present(0, kB, 70);
  EXPECT_THAT(Broken(), IsEmpty());
  Store(Write::Kind::kLogin, 0, 200, 30).access_expires = At(90);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
  h_.writes.back().access_expires = At(55);
  h_.presentations.back().sent = At(56);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, WantsNoPatienceForAnAnswerThatIsKnown) {
  Suffer(Trouble::Kind::kCrash, 0, 11, 200);
  Present(0, kA, 10);
  Hear(Heard::kLostAnswer, 20);
  Present(0, kB, 70);
  Hear(Heard::kRefused, 71);
  Store(Write::Kind::kDeath, 0, 100, 71.1);
  Store(Write::Kind::kLogin, 0, 200, 72).access_expires = At(110);
  Present(0, kB, 100);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.presentations[1].heard = Heard::kBusy;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
}

TEST_F(CheckerTest, LetsOthersPresentATokenThatIsNotRotatedOnceTheHolderIsLate) {
  h_.rotation = Rotation::kNone;
  Present(0, kA, 48);
  Present(0, kB, 56);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
  Suffer(Trouble::Kind::kPause, 0, 49, 70);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedAfterItsSuccessorWasStored) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Store(Write::Kind::kRefresh, 1, 200, 49.1);
  Present(0, kB, 120);
  EXPECT_THAT(Broken(), Contains(Invariant::kNoneAfterItsSuccessor));
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedWhileAHealthyProcessHasItsSuccessor) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Present(0, kB, 120);
  Store(Write::Kind::kRefresh, 1, 200, 121);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoneAfterItsSuccessor));
  Suffer(Trouble::Kind::kPause, 0, 49, 121);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsADeadGrantThatIsPresented) {
  Present(0, kA, 48);
  Hear(Heard::kRefused, 49);
  Store(Write::Kind::kDeath, 0, 100, 49.1);
  Present(0, kB, 120);
  Hear(Heard::kRefused, 121);
  h_.endings.assign(1, {Ending::State::kDead, -1});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoneAfterItsSuccessor));
}

TEST_F(CheckerTest, FindsGenerationsThatGoBackInTheStore) {
  Store(Write::Kind::kLogin, AddToken(-1), 90, 10);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kGenerationsGrow));
}

TEST_F(CheckerTest, FindsAGenerationThatIsGivenTwiceOverAFailover) {
  Store(Write::Kind::kLogin, AddToken(-1), 200, 10).undone = At(11);
  Store(Write::Kind::kLogin, AddToken(-1), 200, 12);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kGenerationsGrow));
}

TEST_F(CheckerTest, FindsAnswersThatGoBackInAProcess) {
  Store(Write::Kind::kLogin, 0, 200, 10);
  Tell(kA, 10.5, 200);
  Tell(kA, 10.6, 100);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kAnswersDoNotGoBack));
}

TEST_F(CheckerTest, FindsAnAnswerThatIsOlderThanWhatHasBeenStoredForAWhile) {
  Store(Write::Kind::kLogin, 0, 200, 10);
  Tell(kB, 11, 100);
  EXPECT_THAT(Broken(), IsEmpty());
  Tell(kB, 20, 100);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kAnswersDoNotGoBack));
  Suffer(Trouble::Kind::kCut, 1, 8, 22);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsAGrantThatDiedThoughItsTokenLives) {
  Store(Write::Kind::kDeath, 0, 100, 10);
  h_.endings.assign(1, {Ending::State::kDead, 0});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnlyTheProviderKills));
  h_.families[0].end = Family::End::kByUser;
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenOfSomebodyElse) {
  Tell(kA, 10, 100).token_grant = 1;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoMixUp));
}

TEST_F(CheckerTest, FindsARotationThatWasReceivedAndIsNotStored) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  Suffer(Trouble::Kind::kCrash, 0, 49.05, 60);
  EXPECT_THAT(Broken(), IsEmpty());
  // It was on its disk.
  h_.kept.push_back({1, kA, At(49.02)});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  h_.kept.back().lost = At(49.05);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsARotationThatWasNotPutOnDiskInTime) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Suffer(Trouble::Kind::kCrash, 0, 50, 60);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  Suffer(Trouble::Kind::kDisk, 0, 48, 51);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsALossThatAFailoverDoesNotExplain) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Store(Write::Kind::kRefresh, 1, 200, 49.1).undone = At(50);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  // Without replicas to wait for, and the only one that could put it back stood still.
  h_.durable = false;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  Suffer(Trouble::Kind::kPause, 0, 49.5, 80);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, BlamesTheLossOfAChainOnWhoHadItsLastToken) {
  h_.durable = false;
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Store(Write::Kind::kRefresh, 1, 200, 49.1).undone = At(53);
  Present(1, kB, 51);
  Hear(Heard::kTokens, 52, AddToken(1));
  Store(Write::Kind::kRefresh, 2, 300, 52.1, kB).undone = At(53);
  Suffer(Trouble::Kind::kFailover, -1, 49, 53);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost)) << "that of token 2";
  Suffer(Trouble::Kind::kCrash, 1, 52.2, 60);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, AcceptsThatALoginOfItsOwnSupersedesARotation) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  const int of_login = AddToken(-1);
  Store(Write::Kind::kLogin, of_login, 200, 48.5);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost)) << "it inherits";
  h_.families.push_back({});
  h_.Token(of_login).family = 1;
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsALoginThatWasReplacedByARefreshOfAnEarlierOne) {
  h_.families.push_back({});
  const int of_login = AddToken(-1);
  h_.Token(of_login).family = 1;
  Store(Write::Kind::kLogin, of_login, 200, 48.5);
  Store(Write::Kind::kRefresh, AddToken(0), 300, 49);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
}

// Two successors of one token, given within its grace: who hears late drops his when the other
// one's successor is stored.
TEST_F(CheckerTest, LosesNothingWhereAnotherSuccessorWasReplacedAlready) {
  h_.rotation = Rotation::kGrace;
  h_.grace = absl::Seconds(30);
  h_.durable = false;
  Suffer(Trouble::Kind::kPause, 0, 48.1, 70);
  Present(0, kA, 48);
  Hear(Heard::kTokens, 70, AddToken(0));
  Present(0, kB, 64);
  Hear(Heard::kTokens, 64.5, AddToken(0));
  Store(Write::Kind::kRefresh, 2, 200, 64.6, kB).undone = At(67);
  Present(2, kB, 65);
  Hear(Heard::kTokens, 65.5, AddToken(2));
  Store(Write::Kind::kRefresh, 3, 300, 65.6, kB).undone = At(67);
  Store(Write::Kind::kRestore, 3, 300, 68, kB);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.writes.back().undone = At(69);
  EXPECT_THAT(Broken(), Contains(Invariant::kNoRotationLost));
}

TEST_F(CheckerTest, FindsATokenThatReplacesWhatCameOfIt) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Store(Write::Kind::kRefresh, 1, 200, 49.1);
  Store(Write::Kind::kRestore, 0, 210, 50);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
}

TEST_F(CheckerTest, FindsALoginThatWasReceivedAndIsNotStored) {
  h_.families.push_back({});
  const int of_login = AddToken(-1);
  h_.Token(of_login).family = 1;
  h_.brought.push_back({of_login, kA, At(48)});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  Suffer(Trouble::Kind::kCrash, 0, 48.1, 60);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.kept.push_back({of_login, kA, At(48.05)});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  Store(Write::Kind::kRevoke, -1, 300, 70);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, AcceptsThatATombstoneIsPutBackOverARotation) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Store(Write::Kind::kRestore, -1, 200, 50);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsARevokedGrantThatLivesAgain) {
  Store(Write::Kind::kRevoke, -1, 200, 10);
  Store(Write::Kind::kRefresh, AddToken(0), 300, 11);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kEndedStaysEnded));
}

TEST_F(CheckerTest, FindsACodeThatIsPresentedTwice) {
  h_.codes = {{At(10)}, {At(20), At(21)}};
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOneExchange));
  Suffer(Trouble::Kind::kFailover, -1, 20.1, 20.5);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOneExchange)) << "replicas had been waited for";
  h_.durable = false;
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsRefusalsWithoutACause) {
  Answer& answer = Tell(kA, 10, 0);
  answer.token_grant.reset();
  for (const Reason reason :
       {Reason::kReauthorizationRequired, Reason::kGrantNotFound, Reason::kProviderUnavailable,
        Reason::kStoreUnavailable, Reason::kProviderMisconfigured}) {
    answer.refusal = reason;
    EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue)) << ReasonName(reason);
  }
}

TEST_F(CheckerTest, FindsAGrantThatNobodyCanUseInTheEnd) {
  Answer& answer = Tell(kA, 290, 0);
  answer.token_grant.reset();
  answer.in_the_end = true;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kServedInTheEnd));
}

}  // namespace
}  // namespace tokenbroker::simulation
