#include "broker/watch_progress.h"

namespace tokenbroker {
namespace {

using Message = WatchProgress::Message;

WatchView Active(int64_t generation) {
  WatchView view;
  view.token = std::make_shared<CachedToken>();
  view.state = WatchedState::kActive;
  view.generation = generation;
  return view;
}

WatchView Without(WatchedState state, int64_t generation = 0) {
  WatchView view;
  view.state = state;
  view.generation = generation;
  return view;
}

TEST(WatchProgressTest, TellsATokenOnce) {
  WatchProgress progress(0);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kToken);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kNone);
  EXPECT_EQ(progress.Advance(Active(6)), Message::kToken);
}

TEST(WatchProgressTest, LeavesOutTheTokenThatTheWatcherHas) {
  WatchProgress progress(5);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kNone);
  EXPECT_EQ(progress.Advance(Active(6)), Message::kToken);
}

TEST(WatchProgressTest, TellsTheTokenOfAStoreThatWentBack) {
  WatchProgress progress(7);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kToken);
}

TEST(WatchProgressTest, TellsAStateThatIsNotActiveAfterItsToken) {
  WatchProgress progress(0);
  WatchView view = Active(5);
  view.state = WatchedState::kReauthorizationRequired;
  view.reason = StateReason::kProviderSaysDead;
  EXPECT_EQ(progress.Advance(view), Message::kToken);
  EXPECT_EQ(progress.Advance(view), Message::kStatus);
  EXPECT_EQ(progress.Advance(view), Message::kNone);
}

TEST(WatchProgressTest, TellsAnotherReasonOfTheSameState) {
  WatchProgress progress(0);
  EXPECT_EQ(progress.Advance(Without(WatchedState::kFrozen, 5)), Message::kStatus);
  WatchView view = Without(WatchedState::kFrozen, 5);
  view.reason = StateReason::kClientChanged;
  EXPECT_EQ(progress.Advance(view), Message::kStatus);
}

TEST(WatchProgressTest, ATokenSaysThatTheGrantIsActiveAgain) {
  WatchProgress progress(0);
  EXPECT_EQ(progress.Advance(Without(WatchedState::kAbsent)), Message::kStatus);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kToken);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kNone);
}

TEST(WatchProgressTest, TellsThatAFrozenGrantIsActiveAgainWithTheTokenThatWasTold) {
  WatchProgress progress(0);
  progress.Advance(Active(5));
  WatchView view = Active(5);
  view.state = WatchedState::kFrozen;
  EXPECT_EQ(progress.Advance(view), Message::kStatus);
  EXPECT_EQ(progress.Advance(Active(5)), Message::kStatus);
}

TEST(WatchProgressTest, AnswersAtFirstThoughThereIsNoTokenAndNothingElseToTell) {
  WatchProgress progress(0);
  EXPECT_EQ(progress.Advance(Without(WatchedState::kActive, 5)), Message::kStatus);
  EXPECT_EQ(progress.Advance(Without(WatchedState::kActive, 5)), Message::kNone);
  WatchProgress after_a_token(0);
  after_a_token.Advance(Active(5));
  EXPECT_EQ(after_a_token.Advance(Without(WatchedState::kActive, 5)), Message::kNone);
}

}  // namespace
}  // namespace tokenbroker
