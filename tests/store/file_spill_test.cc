#include "store/file_spill.h"

#include <filesystem>

#include "tests/crypto/sealing_keys.h"
#include "tests/support/loop_test.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

CommitRequest Commit(const std::string& attempt) {
  CommitRequest request;
  request.attempt = attempt;
  request.record.key = {"default", "spotify", attempt};
  return request;
}

class FileSpillTest : public LoopTest {
 protected:
  FileSpillTest() { std::filesystem::create_directory(temp_.Path("spill")); }
  ~FileSpillTest() override { loop_.DropTasks(); }

  std::unique_ptr<FileSpill> Open(const Sealer& sealer) {
    auto folder = SpillFolder::Open(temp_.Path("spill"));
    EXPECT_TRUE(folder.ok()) << folder.status();
    return std::make_unique<FileSpill>(loop_, worker_, metrics_, *std::move(folder), sealer);
  }
  static Task<bool> Dropped(FileSpill* spill, Attempt attempt) {
    co_await spill->Drop(std::move(attempt));
    co_return true;
  }
  // A full disk, for root too.
  void TakeFolderAway() { std::filesystem::rename(temp_.Path("spill"), temp_.Path("away")); }
  void BringFolderBack() { std::filesystem::rename(temp_.Path("away"), temp_.Path("spill")); }

  TempFolder temp_;
  Metrics metrics_;
  Worker worker_{loop_, Worker::Where::kLoop};
  const FixedKeyring keyring_{*Keyring::Make({TestKey("k1", 0)})};
  const FixedKeyring other_keyring_{*Keyring::Make({TestKey("k2", 0)})};
  const Sealer sealer_{keyring_};
  const Sealer other_sealer_{other_keyring_};
};

TEST_F(FileSpillTest, TheNextProcessFindsWhatWasKeptAndNotWhatWasDropped) {
  {
    const auto spill = Open(sealer_);
    ASSERT_TRUE(Run(spill->Keep(Commit("a"))).ok());
    ASSERT_TRUE(Run(spill->Keep(Commit("b"))).ok());
    EXPECT_EQ(spill->size(), 2u);
    Start(Dropped(spill.get(), "a"));
    EXPECT_EQ(spill->size(), 1u);
  }
  const auto next = Open(sealer_);
  const std::vector<SpilledWrite> writes = Run(next->Recover());
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_EQ(AttemptOf(writes[0]), "b");
  EXPECT_EQ(next->size(), 1u);
  Start(Dropped(next.get(), "b"));
  EXPECT_THAT(Run(next->Recover()), IsEmpty());
}

TEST_F(FileSpillTest, WhatCannotBeOpenedStaysWhereItIs) {
  ASSERT_TRUE(Run(Open(sealer_)->Keep(Commit("a"))).ok());
  EXPECT_THAT(Run(Open(other_sealer_)->Recover()), IsEmpty());
  EXPECT_THAT(Run(Open(sealer_)->Recover()), SizeIs(1));
}

TEST_F(FileSpillTest, KnowsWhetherItCanKeepAnything) {
  const auto spill = Open(sealer_);
  spill->Start();
  TakeFolderAway();
  Advance(absl::Seconds(6));
  EXPECT_FALSE(spill->Writable());
  EXPECT_EQ(Run(spill->Keep(Commit("a"))).code(), absl::StatusCode::kUnavailable);
  BringFolderBack();
  Advance(absl::Seconds(6));
  EXPECT_TRUE(spill->Writable());
  EXPECT_TRUE(Run(spill->Keep(Commit("a"))).ok());
}

TEST_F(FileSpillTest, AKeepThatFailsIsKnownAtOnce) {
  const auto spill = Open(sealer_);
  TakeFolderAway();
  EXPECT_FALSE(Run(spill->Keep(Commit("a"))).ok());
  EXPECT_FALSE(spill->Writable());
  EXPECT_EQ(spill->size(), 0u);
}

}  // namespace
}  // namespace tokenbroker
