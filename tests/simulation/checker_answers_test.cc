// The checker itself, with violations planted in what callers were told, and in the end.
#include "tests/simulation/checker.h"
#include "tests/simulation/checker_fixture.h"

namespace tokenbroker::simulation {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

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

TEST_F(CheckerTest, KnowsThatTheFirstOfTwoPresentersIsNotAsked) {
  h_.rotation = Rotation::kGrace;
  h_.grace = absl::Seconds(30);
  Suffer(Trouble::Kind::kProvider, -1, 45, 55);
  Present(0, kA, 48);
  Hear(Heard::kBusy, 54);
  Refuse(kB, 75, Reason::kProviderUnavailable).cause = "rotation_unknown";
  EXPECT_THAT(Broken(), ElementsAre(Invariant::kRefusalsAreTrue));
  Suffer(Trouble::Kind::kPause, 0, 48.1, 54);
  Present(0, kB, 53);
  Hear(Heard::kBusy, 53.5);
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
