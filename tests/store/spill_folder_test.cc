#include "store/spill_folder.h"

#include <absl/strings/escaping.h>
#include <absl/time/clock.h>
#include <sys/stat.h>

#include "tests/crypto/sealing_keys.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

CommitRequest SampleCommit() {
  CommitRequest request;
  request.attempt = std::string("\x01\xff/attempt", 10);
  request.parent = 5;
  request.next = 7;
  request.rotated = Rotated::kYes;
  request.record.key = {"default", "spotify", "user-42"};
  request.record.refresh_token = Secret("the-rotated-token");
  return request;
}

class SpillFolderTest : public ::testing::Test {
 protected:
  SpillFolder Open() {
    auto folder = SpillFolder::Open(temp_.Path(""));
    EXPECT_TRUE(folder.ok()) << folder.status();
    return *std::move(folder);
  }

  TempFolder temp_;
  const FixedKeyring keyring_{*Keyring::Make({TestKey("k1", 0)})};
  const Sealer sealer_{keyring_};
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};

TEST_F(SpillFolderTest, AWriteComesBackWholeAndOutOfSight) {
  const SpillFolder folder = Open();
  const auto file = ToSpillFile(SampleCommit(), sealer_, now_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->bytes, Not(HasSubstr("the-rotated-token")));
  ASSERT_TRUE(folder.Write(*file).ok());
  const auto files = folder.ReadAll();
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_THAT(*files, SizeIs(1));
  const auto write = FromSpillFile(files->front(), sealer_);
  ASSERT_TRUE(write.ok()) << write.status();
  const auto& commit = std::get<CommitRequest>(*write);
  EXPECT_EQ(commit.attempt, SampleCommit().attempt);
  EXPECT_EQ(commit.next, 7);
  EXPECT_EQ(commit.record.refresh_token.Expose(), "the-rotated-token");
}

TEST_F(SpillFolderTest, AnExchangeComesBackAsOne) {
  FinishExchangeRequest request;
  request.attempt = "attempt";
  request.state = "state";
  const auto file = ToSpillFile(request, sealer_, now_);
  ASSERT_TRUE(file.ok()) << file.status();
  const auto write = FromSpillFile(*file, sealer_);
  ASSERT_TRUE(write.ok()) << write.status();
  EXPECT_EQ(std::get<FinishExchangeRequest>(*write).state, "state");
}

TEST_F(SpillFolderTest, ALaterWriteOfTheSameAttemptTakesTheEarlierOnesPlace) {
  const SpillFolder folder = Open();
  CommitRequest request = SampleCommit();
  ASSERT_TRUE(folder.Write(*ToSpillFile(request, sealer_, now_)).ok());
  request.next = 9;
  ASSERT_TRUE(folder.Write(*ToSpillFile(request, sealer_, now_)).ok());
  const auto files = folder.ReadAll();
  ASSERT_THAT(*files, SizeIs(1));
  EXPECT_EQ(std::get<CommitRequest>(*FromSpillFile(files->front(), sealer_)).next, 9);
}

TEST_F(SpillFolderTest, OnlyWeMayReadIt) {
  const SpillFolder folder = Open();
  const auto file = ToSpillFile(SampleCommit(), sealer_, now_);
  ASSERT_TRUE(folder.Write(*file).ok());
  struct stat info = {};
  ASSERT_EQ(stat(temp_.Path(file->name).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SpillFolderTest, WhatIsRemovedIsGoneAndMayBeRemovedAgain) {
  const SpillFolder folder = Open();
  const auto file = ToSpillFile(SampleCommit(), sealer_, now_);
  ASSERT_TRUE(folder.Write(*file).ok());
  EXPECT_TRUE(folder.Remove(file->name).ok());
  EXPECT_TRUE(folder.Remove(file->name).ok());
  EXPECT_THAT(*folder.ReadAll(), IsEmpty());
}

TEST_F(SpillFolderTest, AHalfWrittenFileIsNoWrite) {
  const SpillFolder folder = Open();
  temp_.Write("00.commit.new", "half");
  EXPECT_THAT(*folder.ReadAll(), IsEmpty());
}

TEST_F(SpillFolderTest, TwoProcessesDoNotShareAFolder) {
  const SpillFolder folder = Open();
  const absl::Status second = SpillFolder::Open(temp_.Path("")).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.message()), HasSubstr("another process"));
}

TEST_F(SpillFolderTest, AnybodyMayLookWithoutTheLock) {
  const absl::Time before = absl::Now() - absl::Seconds(1);
  const SpillFolder folder = Open();
  ASSERT_TRUE(folder.Write(*ToSpillFile(SampleCommit(), sealer_, now_)).ok());
  const auto files = ReadSpillFiles(temp_.Path(""));
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_THAT(*files, SizeIs(1));
  EXPECT_GE(files->front().kept_at, before);
  EXPECT_THAT(std::string(ReadSpillFiles(temp_.Path("missing")).status().message()),
              HasSubstr("cannot list"));
}

TEST_F(SpillFolderTest, AFolderThatIsNotThereIsNamed) {
  const absl::Status status = SpillFolder::Open(temp_.Path("missing")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("missing"));
}

TEST_F(SpillFolderTest, AChangedFileIsNotOpened) {
  auto file = *ToSpillFile(SampleCommit(), sealer_, now_);
  file.bytes.back() = static_cast<char>(file.bytes.back() ^ 1);
  EXPECT_EQ(FromSpillFile(file, sealer_).status().code(), absl::StatusCode::kDataLoss);
  auto renamed = *ToSpillFile(SampleCommit(), sealer_, now_);
  renamed.name = "00.exchange";
  EXPECT_EQ(FromSpillFile(renamed, sealer_).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tokenbroker
