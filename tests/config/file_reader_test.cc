#include "config/file_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

TEST(FileReaderTest, ReadsAFileWhole) {
  const TempFolder folder;
  const std::string text("a\0b\n", 4);
  const absl::StatusOr<Secret> content = ReadSmallFile(folder.Write("f", text), 100);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(*content, Secret(text));
}

TEST(FileReaderTest, TakesAFileOfExactlyTheLimit) {
  const TempFolder folder;
  EXPECT_TRUE(ReadSmallFile(folder.Write("f", "12345"), 5).ok());
  EXPECT_TRUE(ReadSmallFile(folder.Write("e", ""), 5)->empty());
}

TEST(FileReaderTest, RefusesALargerFile) {
  const TempFolder folder;
  const absl::Status status = ReadSmallFile(folder.Write("f", "123456"), 5).status();
  EXPECT_EQ(status, absl::OutOfRangeError("is larger than 5 bytes"));
}

TEST(FileReaderTest, RefusesWhatIsNotThere) {
  const TempFolder folder;
  EXPECT_EQ(ReadSmallFile(folder.Path("f"), 5).status(), absl::NotFoundError("does not exist"));
  const std::string below_a_file = folder.Write("file", "") + "/f";
  EXPECT_EQ(ReadSmallFile(below_a_file, 5).status(), absl::NotFoundError("does not exist"));
}

TEST(FileReaderTest, RefusesAFolder) {
  const TempFolder folder;
  EXPECT_EQ(ReadSmallFile(folder.Path(""), 5).status(),
            absl::FailedPreconditionError("is a directory"));
}

TEST(FileReaderTest, RefusesAFifoInsteadOfWaitingForAWriter) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo(folder.Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(ReadSmallFile(folder.Path("fifo"), 5).status(),
            absl::FailedPreconditionError("is not a regular file"));
}

TEST(FileReaderTest, RefusesAFileThatItMayNotRead) {
  const TempFolder folder;
  const std::string path = folder.Write("f", "x");
  ASSERT_EQ(::chmod(folder.Path("").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  // Root may read everything: for a moment we are nobody.
  const uid_t me = ::geteuid();
  if (me == 0 && ::seteuid(65534) != 0) GTEST_SKIP() << "root that cannot be anybody else";
  const absl::Status refused = ReadSmallFile(path, 5).status();
  if (me == 0) ASSERT_EQ(::seteuid(me), 0);
  EXPECT_EQ(refused, absl::PermissionDeniedError("may not be read by this process"));
}

TEST(FileReaderTest, RefusesALinkToItself) {
  const TempFolder folder;
  folder.SwapLink("loop", "loop");
  EXPECT_EQ(ReadSmallFile(folder.Path("loop"), 5).status(),
            absl::UnavailableError("cannot be opened"));
}

TEST(FileRecordTest, StaysTrueWhileContentsStay) {
  const TempFolder folder;
  FileRecord record(ReadSmallFile);
  EXPECT_TRUE(record.StillTrue());
  ASSERT_TRUE(record.Read(folder.Write("f", "one"), 10).ok());
  EXPECT_FALSE(record.Read(folder.Path("missing"), 10).ok());
  EXPECT_TRUE(record.StillTrue());
  folder.Write("f", "one");
  EXPECT_TRUE(record.StillTrue());
}

TEST(FileRecordTest, SeesAChangedAnAppearedAndAVanishedFile) {
  const TempFolder folder;
  FileRecord changed(ReadSmallFile);
  FileRecord appeared(ReadSmallFile);
  FileRecord vanished(ReadSmallFile);
  (void)changed.Read(folder.Write("a", "one"), 10);
  (void)appeared.Read(folder.Path("b"), 10);
  (void)vanished.Read(folder.Write("c", "one"), 10);
  folder.Write("a", "two");
  folder.Write("b", "one");
  ASSERT_EQ(::unlink(folder.Path("c").c_str()), 0);
  EXPECT_FALSE(changed.StillTrue());
  EXPECT_FALSE(appeared.StillTrue());
  EXPECT_FALSE(vanished.StillTrue());
}

TEST(FileRecordTest, SeesASwappedLink) {
  const TempFolder folder;
  folder.Write("v1/secret", "one");
  folder.Write("v2/secret", "two");
  folder.SwapLink("data", "v1");
  FileRecord record(ReadSmallFile);
  (void)record.Read(folder.Path("data/secret"), 10);
  folder.SwapLink("data", "v2");
  EXPECT_FALSE(record.StillTrue());
}

}  // namespace
}  // namespace tokenbroker
