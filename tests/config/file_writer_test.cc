#include "config/file_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "config/file_reader.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class FileWriterTest : public testing::Test {
 protected:
  absl::Status Write(const std::string& name, const std::string& text, Existing existing) {
    return WriteSmallFile(folder_.Path(name), text, existing);
  }
  std::string Read(const std::string& name) const {
    const absl::StatusOr<Secret> content = ReadSmallFile(folder_.Path(name), 1 << 20);
    return content.ok() ? std::string(content->Expose()) : content.status().ToString();
  }
  struct stat Stat(const std::string& name) const {
    struct stat status = {};
    EXPECT_EQ(::stat(folder_.Path(name).c_str(), &status), 0);
    return status;
  }
  mode_t Mode(const std::string& name) const { return Stat(name).st_mode & 07777; }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.Path(""))) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  TempFolder folder_;
};

TEST_F(FileWriterTest, MakesAFileThatOnlyItsOwnerReads) {
  const mode_t before = ::umask(0);
  EXPECT_EQ(Write("f", "hush", Existing::kRefuse), absl::OkStatus());
  ::umask(before);
  EXPECT_EQ(Read("f"), "hush");
  EXPECT_EQ(Mode("f"), 0600u);
  EXPECT_THAT(Names(), ElementsAre("f")) << "nothing is left behind";
}

TEST_F(FileWriterTest, WritesLargeAndEmptyFilesWhole) {
  EXPECT_EQ(Write("large", std::string(1 << 20, 'x'), Existing::kRefuse), absl::OkStatus());
  EXPECT_EQ(Read("large").size(), 1u << 20);
  EXPECT_EQ(Write("large", "", Existing::kReplace), absl::OkStatus());
  EXPECT_EQ(Read("large"), "");
}

TEST_F(FileWriterTest, NeverReplacesAFileThatItIsToMake) {
  folder_.Write("f", "old");
  const absl::Status status = Write("f", "new", Existing::kRefuse);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(), "is there already");
  EXPECT_EQ(Read("f"), "old");
  EXPECT_THAT(Names(), ElementsAre("f"));
}

TEST_F(FileWriterTest, ReplacesByAnotherFileInOneStep) {
  folder_.Write("f", "old");
  const ino_t before = Stat("f").st_ino;
  EXPECT_EQ(Write("f", "new", Existing::kReplace), absl::OkStatus());
  EXPECT_EQ(Read("f"), "new");
  EXPECT_NE(Stat("f").st_ino, before);
  EXPECT_THAT(Names(), ElementsAre("f"));
}

TEST_F(FileWriterTest, KeepsTheModeOfWhatItReplacesUnlessThatIsTooWide) {
  for (const auto& [before, after] : std::vector<std::pair<mode_t, mode_t>>{
           {0600, 0600}, {0640, 0640}, {0400, 0400}, {0666, 0640}, {0755, 0640}}) {
    folder_.Write("f", "old");
    ASSERT_EQ(::chmod(folder_.Path("f").c_str(), before), 0);
    ASSERT_EQ(Write("f", "new", Existing::kReplace), absl::OkStatus());
    EXPECT_EQ(Mode("f"), after);
    ASSERT_EQ(::unlink(folder_.Path("f").c_str()), 0);
  }
}

TEST_F(FileWriterTest, KeepsTheOwnerOfWhatItReplaces) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  folder_.Write("f", "old");
  ASSERT_EQ(::chown(folder_.Path("f").c_str(), 12345, 12346), 0);
  ASSERT_EQ(Write("f", "new", Existing::kReplace), absl::OkStatus());
  EXPECT_EQ(Stat("f").st_uid, 12345u);
  EXPECT_EQ(Stat("f").st_gid, 12346u);
}

TEST_F(FileWriterTest, ReplacesWhatALinkPointsTo) {
  folder_.Write("real/f", "old");
  std::filesystem::create_symlink("real/f", folder_.Path("link"));
  EXPECT_EQ(Write("link", "new", Existing::kReplace), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_symlink(folder_.Path("link")));
  EXPECT_EQ(Read("real/f"), "new");
}

TEST_F(FileWriterTest, SaysWhatIsMissing) {
  EXPECT_EQ(Write("none", "x", Existing::kReplace), absl::NotFoundError("does not exist"));
  EXPECT_EQ(Write("no/f", "x", Existing::kRefuse), absl::NotFoundError("has no folder"));
  folder_.Write("file", "");
  EXPECT_EQ(Write("file/f", "x", Existing::kRefuse), absl::NotFoundError("has no folder"));
  EXPECT_THAT(Names(), UnorderedElementsAre("file"));
}

TEST_F(FileWriterTest, DoesNotReplaceAFolder) {
  std::filesystem::create_directory(folder_.Path("d"));
  EXPECT_FALSE(Write("d", "x", Existing::kReplace).ok());
  EXPECT_EQ(Write("d", "x", Existing::kRefuse).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Names(), ElementsAre("d"));
}

TEST_F(FileWriterTest, TakesARelativePath) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.Path(""));
  EXPECT_EQ(WriteSmallFile("f", "one", Existing::kRefuse), absl::OkStatus());
  EXPECT_EQ(WriteSmallFile("f", "two", Existing::kReplace), absl::OkStatus());
  std::filesystem::current_path(before);
  EXPECT_EQ(Read("f"), "two");
}

}  // namespace
}  // namespace tokenbroker
