// The checker itself, with violations planted.
#include "tests/simulation/checker.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>

namespace tokenbroker::simulation {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

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
    write.attempt = absl::StrCat("attempt-", h_.writes.size());
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
  Answer& Refuse(Process by, double at, Reason reason) {
    Answer& answer = Tell(by, at, 0);
    answer.token_grant.reset();
    answer.refusal = reason;
    return answer;
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

TEST_F(CheckerTest, FindsATokenThatIsPresentedByWhoHasItsSuccessor) {
  Suffer(Trouble::Kind::kStore, 0, 48, 60);
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  Present(0, kA, 58);
  Store(Write::Kind::kRefresh, 1, 200, 61);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoneAfterItsSuccessor));
  h_.presentations.back().by = kB;
  EXPECT_THAT(Broken(), IsEmpty()) << "another does not know";
  h_.kept.push_back({1, Process{1, 1}, At(49.1)});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoneAfterItsSuccessor)) << "its disk does";
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedByWhoServesItsSuccessor) {
  h_.durable = false;
  Suffer(Trouble::Kind::kFailover, -1, 49, 52);
  Suffer(Trouble::Kind::kPause, 0, 49, 90);
  Present(0, kA, 48);
  Hear(Heard::kTokens, 49, AddToken(0));
  h_.Token(1).access_expires = At(100);
  Store(Write::Kind::kRefresh, 1, 200, 49.1).undone = At(51);
  Tell(kB, 50, 200);
  Present(0, kB, 70);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoneAfterItsSuccessor));
  h_.presentations.back().sent = At(101);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, LetsAFailoverLoseNoLeaseWhoseHolderIsWell) {
  h_.durable = false;
  Suffer(Trouble::Kind::kFailover, -1, 47.5, 57);
  Present(0, kA, 48);
  Hear(Heard::kLostAnswer, 58);
  Present(0, kB, 57.5);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation));
  Suffer(Trouble::Kind::kPause, 0, 49, 57);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.troubles[0].from = At(48.5);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnePresentation)) << "it was begun before";
}

TEST_F(CheckerTest, FindsAWriteThatIsExecutedAgain) {
  Store(Write::Kind::kRevoke, -1, 200, 10);
  Store(Write::Kind::kLogin, AddToken(-1), 300, 11);
  Store(Write::Kind::kRevoke, -1, 400, 12);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.writes.back().attempt = h_.writes[1].attempt;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNothingAfterItsTime));
}

TEST_F(CheckerTest, FindsAGrantThatDiesAfterItsEnd) {
  Store(Write::Kind::kRevoke, -1, 200, 10);
  Store(Write::Kind::kDeath, -1, 0, 11);
  h_.endings.assign(1, {Ending::State::kDead, -1});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kEndedStaysEnded));
}

TEST_F(CheckerTest, WantsASuccessorStoredThatTheProviderGaveLast) {
  h_.rotation = Rotation::kGrace;
  h_.grace = absl::Seconds(30);
  Suffer(Trouble::Kind::kPause, 0, 48.5, 58);
  Present(0, kA, 48);
  Hear(Heard::kTokens, 58, AddToken(0));
  Present(0, kB, 56);
  Hear(Heard::kTokens, 57, AddToken(0));
  h_.presentations[0].acted = At(48.2);
  Store(Write::Kind::kRefresh, 1, 200, 58.1);
  EXPECT_THAT(Broken(), IsEmpty()) << "both are good";
  h_.last_successor_only = true;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
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
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kAnswersDoNotGoBack)) << "it knows that it is cut";
  Suffer(Trouble::Kind::kCut, 1, 18, 22);
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
    EXPECT_THAT(Broken(), AllOf(Not(IsEmpty()), Each(Invariant::kRefusalsAreTrue)))
        << ReasonName(reason);
  }
}

TEST_F(CheckerTest, FindsAnUnknownRotationThatNobodyMade) {
  Suffer(Trouble::Kind::kProvider, -1, 5, 6);
  Answer& answer = Tell(kA, 60, 0);
  answer.token_grant.reset();
  answer.refusal = Reason::kProviderUnavailable;
  EXPECT_THAT(Broken(), IsEmpty());
  answer.cause = "rotation_unknown";
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue));
  Present(0, kB, 59);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsADeathThatIsNotWhatIsStored) {
  Present(0, kA, 48);
  Hear(Heard::kRefused, 49);
  Store(Write::Kind::kDeath, 0, 100, 49.1);
  h_.families.push_back({});
  const int of_login = AddToken(-1);
  h_.Token(of_login).family = 1;
  Store(Write::Kind::kLogin, of_login, 200, 50);
  Answer& answer = Refuse(kA, 52, Reason::kReauthorizationRequired);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue));
  answer.asked = At(48);
  Suffer(Trouble::Kind::kDisk, 2, 47, 48);
  EXPECT_THAT(Broken(), IsEmpty()) << "it was, when it was asked";
}

TEST_F(CheckerTest, FindsARefusalThoughAGoodTokenIsStored) {
  Suffer(Trouble::Kind::kProvider, -1, 5, 6);
  Answer& answer = Refuse(kA, 30, Reason::kProviderUnavailable);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue));
  answer.rejected = 100;
  EXPECT_THAT(Broken(), IsEmpty()) << "it was refused by the resource server";
  answer.rejected = 0;
  Suffer(Trouble::Kind::kStore, 0, 25, 29);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsAProviderThatIsCalledAwayWithoutACause) {
  Suffer(Trouble::Kind::kDisk, 2, 1, 2);
  Refuse(kA, 60, Reason::kProviderUnavailable);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue));
  Present(0, kB, 50);
  Hear(Heard::kBusy, 51);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsAnAbsenceWhoseSpeakerKnewBetter) {
  h_.durable = false;
  Suffer(Trouble::Kind::kFailover, -1, 9, 20);
  Store(Write::Kind::kLogin, 0, 200, 10, kB).undone = At(11);
  h_.writes[0].undone = At(11);
  h_.endings.assign(1, {Ending::State::kAbsent, -1});
  Answer& answer = Refuse(kB, 40, Reason::kGrantNotFound);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue)) << "it stored it";
  answer.asked = answer.answered = At(65);
  EXPECT_THAT(Broken(), IsEmpty()) << "long ago";
  answer.by = kA;
  answer.asked = answer.answered = At(52);
  EXPECT_THAT(Broken(), IsEmpty()) << "another did";
  Tell(kA, 10.5, 200);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue)) << "and this one served it";
}

TEST_F(CheckerTest, FindsWhoWaitsForNothing) {
  Answer& answer = Tell(kA, 40, 100);
  answer.asked = At(38);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoIdleWaiting));
  Present(0, kB, 37);
  Hear(Heard::kTokens, 39, AddToken(0));
  Store(Write::Kind::kRefresh, 1, 200, 39.1);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsACommandThatIsExecutedTooLate) {
  h_.late.push_back({kA, At(12), At(10)});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNothingAfterItsTime));
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedAsSoonAsItHasCome) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 48.1, AddToken(0));
  h_.Token(1).access_expires = At(108);
  Store(Write::Kind::kRefresh, 1, 200, 48.2);
  Present(1, kB, 50);
  Hear(Heard::kTokens, 50.1, AddToken(1));
  Store(Write::Kind::kRefresh, 2, 300, 50.2);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNotTooOften));
  h_.presentations.back().sent = At(54.5);
  h_.presentations.back().heard_at = At(54.6);
  h_.writes.back().at = At(54.7);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenThatIsPresentedByWhoCouldNotKeepAnother) {
  Suffer(Trouble::Kind::kDisk, 0, 5, 60);
  Present(0, kA, 30);
  EXPECT_THAT(Broken(), IsEmpty()) << "its refresh may have been waiting for its turn";
  h_.presentations.back().sent = At(39);
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
}

TEST_F(CheckerTest, FindsAnEndThatIsLostForGood) {
  h_.durable = false;
  Suffer(Trouble::Kind::kFailover, -1, 9, 20);
  Store(Write::Kind::kRevoke, -1, 200, 10, kB).undone = At(11);
  h_.endings.assign(1, {Ending::State::kActive, 0});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kEndedStaysEnded));
  Suffer(Trouble::Kind::kCrash, 1, 12, 20);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsATokenOfAnEndedGrantThatWasNotRevoked) {
  Present(0, kA, 48);
  Hear(Heard::kTokens, 50, AddToken(0));
  Store(Write::Kind::kRevoke, -1, 200, 49);
  h_.endings.assign(1, {Ending::State::kRevoked, -1});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kEndedStaysEnded));
  h_.families[0].end = Family::End::kRevoked;
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsAGrantThatNobodyCanUseInTheEnd) {
  Answer& answer = Tell(kA, 290, 0);
  answer.token_grant.reset();
  answer.in_the_end = true;
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kServedInTheEnd));
}

}  // namespace
}  // namespace tokenbroker::simulation
