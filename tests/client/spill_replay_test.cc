#include "client/tbctl/spill_replay.h"

#include "tests/client/store_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;

class SpillReplayTest : public StoreFixture {
 protected:
  ExitCode Replay() {
    out_.str("");
    err_.str("");
    return ReplaySpill(arguments_, Surroundings());
  }
  std::string Decided(const std::string& count) {
    return absl::StrCat("the store has decided about ", count, " writes in ", arguments_.spill_dir,
                        "\n");
  }
};

TEST_F(SpillReplayTest, StoresTheRefreshThatWaited) {
  InitStore();
  Put(PutKind::kLogin, 100);
  const std::string name = Spill(SampleCommit(100));
  EXPECT_EQ(Replay(), ExitCode::kDone) << Err();
  EXPECT_EQ(Out(), Decided("1 of 1"));
  EXPECT_FALSE(IsSpilled(name));
  const LoadAnswer loaded = Load();
  ASSERT_TRUE(loaded.grant);
  EXPECT_EQ(loaded.grant->generation, 101);
  EXPECT_EQ(loaded.grant->refresh_token.Expose(), "refresh-101");
  EXPECT_EQ(Replay(), ExitCode::kDone);
  EXPECT_EQ(Out(), Decided("0 of 0"));
}

TEST_F(SpillReplayTest, StoresTheLoginThatWaited) {
  InitStore();
  FinishExchangeRequest login;
  login.attempt = "fedcba9876543210";
  login.state = "1.expired-long-ago";
  login.generation = 200;
  login.outcome.kind = LoginOutcome::Kind::kGrant;
  login.outcome.generation = 200;
  login.record = SampleGrant(200);
  // Of the grant's own shard.
  login.state = absl::StrCat(ShardOf(login.record->key, kDefaultShards), ".expired-long-ago");
  const std::string name = Spill(login);
  EXPECT_EQ(Replay(), ExitCode::kDone) << Err();
  EXPECT_FALSE(IsSpilled(name));
  const LoadAnswer loaded = Load();
  ASSERT_TRUE(loaded.grant);
  EXPECT_EQ(loaded.grant->refresh_token.Expose(), "refresh-200");
}

TEST_F(SpillReplayTest, DropsWhatALaterLoginSuperseded) {
  InitStore();
  Put(PutKind::kLogin, 100);
  Put(PutKind::kLogin, 500);
  const std::string name = Spill(SampleCommit(100));
  EXPECT_EQ(Replay(), ExitCode::kDone) << Err();
  EXPECT_FALSE(IsSpilled(name));
  EXPECT_EQ(Load().grant->refresh_token.Expose(), "refresh-500");
}

TEST_F(SpillReplayTest, ServesNobodyWhoseGrantWasRevokedMeanwhile) {
  InitStore();
  Put(PutKind::kLogin, 100);
  Put(PutKind::kRevoke, 100);
  const std::string name = Spill(SampleCommit(100));
  EXPECT_EQ(Replay(), ExitCode::kDone) << Err();
  EXPECT_FALSE(IsSpilled(name));
  EXPECT_EQ(Load().grant->state, GrantState::kRevoked);
}

TEST_F(SpillReplayTest, PutsBackWhatTheStoreLost) {
  InitStore();
  const std::string name = Spill(SampleCommit(100));
  EXPECT_EQ(Replay(), ExitCode::kDone) << Err();
  EXPECT_FALSE(IsSpilled(name));
  const LoadAnswer loaded = Load();
  ASSERT_TRUE(loaded.grant);
  EXPECT_EQ(loaded.grant->refresh_token.Expose(), "refresh-101");
}

TEST_F(SpillReplayTest, RefusesAFolderThatAProcessUses) {
  InitStore();
  Put(PutKind::kLogin, 100);
  const std::string name = Spill(SampleCommit(100));
  const auto held = SpillFolder::Open(arguments_.spill_dir);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(Replay(), ExitCode::kOperatorMustAct);
  EXPECT_THAT(Err(), HasSubstr("another process uses " + arguments_.spill_dir));
  EXPECT_TRUE(IsSpilled(name));
  EXPECT_EQ(Load().grant->generation, 100);
}

TEST_F(SpillReplayTest, KeepsEverythingWhereThereIsNoStore) {
  const std::string name = Spill(SampleCommit(100));
  EXPECT_EQ(Replay(), ExitCode::kOperatorMustAct);
  EXPECT_THAT(Err(), HasSubstr("there is no store here"));
  EXPECT_TRUE(IsSpilled(name));
  patience_ = absl::Milliseconds(300);
  server_.Kill();
  EXPECT_EQ(Replay(), ExitCode::kTryLater);
  EXPECT_THAT(Err(), HasSubstr("does not answer"));
  EXPECT_TRUE(IsSpilled(name));
}

TEST_F(SpillReplayTest, KeepsWhatTheStoreDoesNotDecideAbout) {
  InitStore();
  Put(PutKind::kLogin, 100);
  const std::string name = Spill(SampleCommit(100));
  // The shard of the grant refuses, as where a part of the store was lost.
  const int shard = ShardOf(SampleGrant(1).key, kDefaultShards);
  server_.Command({"HSET", MetaKey(shard), "store_id", "foreign"});
  patience_ = absl::Milliseconds(100);
  EXPECT_EQ(Replay(), ExitCode::kTryLater);
  EXPECT_EQ(Out(), Decided("0 of 1"));
  EXPECT_THAT(Err(), HasSubstr("1 writes are left: the store does not say; run it again"));
  EXPECT_TRUE(IsSpilled(name));
}

TEST_F(SpillReplayTest, StoresWhatItCanOpenAndKeepsTheRest) {
  InitStore();
  Put(PutKind::kLogin, 100);
  const std::string readable = Spill(SampleCommit(100));
  folder_.Write("spill/00.commit", "no record");
  EXPECT_EQ(Replay(), ExitCode::kOperatorMustAct);
  EXPECT_EQ(Out(), Decided("1 of 1"));
  EXPECT_THAT(Err(), HasSubstr("00.commit cannot be opened: "));
  EXPECT_FALSE(IsSpilled(readable));
  EXPECT_TRUE(IsSpilled("00.commit"));
}

TEST_F(SpillReplayTest, MakesNothingOfAFolderThatIsNone) {
  arguments_.spill_dir = folder_.Path("elsewhere");
  EXPECT_EQ(Replay(), ExitCode::kUsage);
  EXPECT_FALSE(std::filesystem::exists(arguments_.spill_dir));
}

}  // namespace
}  // namespace tokenbroker::tbctl
