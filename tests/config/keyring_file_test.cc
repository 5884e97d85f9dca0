#include "config/keyring_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/keyring_changes.h"
#include "tests/crypto/sealing_keys.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class KeyringFileTest : public testing::Test {
 protected:
  std::string Refusal(const std::string& path) {
    const absl::Status status = ReadKeyringFile(path, files_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }
  std::string WarningAt(mode_t mode) {
    const std::string path = folder_.Write("ring", "");
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return DescribeLooseMode(path);
  }
  TempFolder folder_;
  FileRecord files_{ReadSmallFile};
};

TEST_F(KeyringFileTest, ReadsWhatItWrote) {
  const std::string path = folder_.Path("ring");
  const Keyring one = NewKeyring(At(0));
  ASSERT_EQ(WriteKeyringFile(path, one, Existing::kRefuse), absl::OkStatus());
  EXPECT_EQ(*ReadKeyringFile(path, files_), one);
  const Keyring two = AddKey(one, At(1));
  ASSERT_EQ(WriteKeyringFile(path, two, Existing::kReplace), absl::OkStatus());
  EXPECT_EQ(*ReadKeyringFile(path, files_), two);
  EXPECT_EQ(DescribeLooseMode(path), "");
}

TEST_F(KeyringFileTest, NamesTheFileThatItCannotRead) {
  EXPECT_EQ(Refusal("/nowhere/ring"),
            "the file '/nowhere/ring' does not exist; name a readable keyring, or make one with "
            "tbctl keyring new");
  EXPECT_THAT(Refusal(folder_.Path("")), HasSubstr("is a directory"));
  EXPECT_THAT(Refusal(folder_.Write("large", std::string(kMaxKeyringBytes + 1, '#'))),
              HasSubstr("is larger than 65536 bytes"));
  const std::string path = folder_.Write("ring", "# x\nhush hush\n");
  EXPECT_EQ(Refusal(path), path + ":2: has 2 columns; write id, created, write_from and key");
}

TEST_F(KeyringFileTest, NamesTheFileThatItCannotWrite) {
  const std::string path = folder_.Write("ring", "something");
  const absl::Status status = WriteKeyringFile(path, NewKeyring(At(0)), Existing::kRefuse);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(), "the file '" + path + "' is there already");
}

TEST_F(KeyringFileTest, WarnsOfAFileThatTooManyMayRead) {
  for (const mode_t mode : {0600u, 0400u, 0640u, 0440u}) EXPECT_EQ(WarningAt(mode), "");
  for (const mode_t mode : {0644u, 0604u, 0660u, 0602u, 0650u, 0777u})
    EXPECT_NE(WarningAt(mode), "");
  EXPECT_EQ(WarningAt(0644), "the file '" + folder_.Path("ring") +
                                 "' has the mode 0644; whoever reads it reads every grant: chmod "
                                 "600 it, or 640 for a group");
  EXPECT_EQ(DescribeLooseMode("/nowhere/ring"), "");
}

}  // namespace
}  // namespace tokenbroker
