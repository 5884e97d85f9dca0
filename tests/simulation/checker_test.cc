// The checker itself, with violations planted in what was presented and stored.
#include "tests/simulation/checker.h"

#include "tests/simulation/checker_fixture.h"

namespace tokenbroker::simulation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
  // Somebody else's answer to the same token came after the refusal.
  Store(Write::Kind::kRefresh, 0, 200, 50, kB);
  h_.endings.assign(1, {Ending::State::kDead, -1});
  EXPECT_THAT(Broken(), IsEmpty());
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

// The user ended it, logged in again, which revives it there, and nobody heard of the login.
TEST_F(CheckerTest, KnowsThatALoginMayReviveWhatDied) {
  Store(Write::Kind::kDeath, 0, 100, 50);
  h_.endings.assign(1, {Ending::State::kDead, 0});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnlyTheProviderKills));
  h_.families[0].ended = At(40);
  EXPECT_THAT(Broken(), IsEmpty());
  Store(Write::Kind::kLogin, 0, 200, 51);
  h_.endings.assign(1, {Ending::State::kDead, 0});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kOnlyTheProviderKills));
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

TEST_F(CheckerTest, LetsALostLoginYieldToARefreshOnlyWhereNothingRotates) {
  h_.durable = false;
  h_.families.push_back({});
  const int of_login = AddToken(-1);
  h_.Token(of_login).family = 1;
  h_.brought.push_back({of_login, kA, At(48)});
  Store(Write::Kind::kLogin, of_login, 200, 48).undone = At(52);
  Present(0, kB, 53);
  Hear(Heard::kTokens, 53.1);
  Store(Write::Kind::kRefresh, 0, 300, 53.2, kB);
  Suffer(Trouble::Kind::kFailover, -1, 47, 60);
  EXPECT_THAT(Broken(), Contains(Invariant::kNoRotationLost));
  h_.rotation = Rotation::kNone;
  EXPECT_THAT(Broken(), IsEmpty());
}

// Another login came first, and the provider does not say whose account the second one's is.
TEST_F(CheckerTest, AcceptsThatALoginOfAnUnknownAccountIsDropped) {
  h_.families.push_back({});
  const int of_login = AddToken(-1);
  h_.Token(of_login).family = 1;
  h_.brought.push_back({of_login, kA, At(48)});
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost));
  Suffer(Trouble::Kind::kProvider, -1, 45, 60);
  EXPECT_THAT(Broken(), IsEmpty());
  h_.writes.clear();
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kNoRotationLost)) << "there is no other login";
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

}  // namespace
}  // namespace tokenbroker::simulation
