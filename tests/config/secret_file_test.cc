#include "config/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class SecretFileTest : public testing::Test {
 protected:
  absl::StatusOr<ClientSecret> Read(const std::string& content) {
    return ReadSecretFile(folder_.Write("secret", content), files_);
  }
  std::string Refusal(const std::string& content) {
    return std::string(Read(content).status().message());
  }
  TempFolder folder_;
  FileRecord files_{ReadSmallFile};
};

TEST_F(SecretFileTest, DropsOneTrailingNewline) {
  EXPECT_EQ(Read("hush")->secret, Secret("hush"));
  EXPECT_EQ(Read("hush\n")->secret, Secret("hush"));
  EXPECT_EQ(Read("hush\r\n")->secret, Secret("hush"));
  EXPECT_EQ(Read(" hush \n")->secret, Secret(" hush "));
}

TEST_F(SecretFileTest, RefusesAnEmptyFile) {
  for (const char* content : {"", "\n", "\r\n"}) {
    EXPECT_THAT(Refusal(content), HasSubstr("is empty; write the secret into it"));
  }
}

TEST_F(SecretFileTest, RefusesControlCharacters) {
  for (const std::string& content :
       {std::string("hush\n\n"), std::string("hu\nsh"), std::string("hu\0sh", 5),
        std::string("hush\r"), std::string("hu\tsh"), std::string("hu\x7fsh")}) {
    EXPECT_THAT(Refusal(content), HasSubstr("has control characters"));
    EXPECT_THAT(Refusal(content), Not(HasSubstr("hu")));
  }
}

TEST_F(SecretFileTest, RefusesAHugeFile) {
  EXPECT_TRUE(Read(std::string(kMaxSecretBytes, 'x')).ok());
  EXPECT_THAT(Refusal(std::string(kMaxSecretBytes + 1, 'x')),
              HasSubstr("is larger than 65536 bytes"));
}

TEST_F(SecretFileTest, RefusesAMissingFileByPathAndFix) {
  const absl::Status status = ReadSecretFile("/nowhere/secret", files_).status();
  EXPECT_EQ(status.message(),
            "the file '/nowhere/secret' does not exist; name a readable file that holds the secret "
            "and nothing else");
}

TEST_F(SecretFileTest, RefusesAFolder) {
  EXPECT_THAT(std::string(ReadSecretFile(folder_.Path(""), files_).status().message()),
              HasSubstr("is a directory"));
}

TEST_F(SecretFileTest, FingerprintTellsSecretsApartAndShowsNothing) {
  const std::string fingerprint = SecretFingerprint(Secret("hush"));
  EXPECT_THAT(fingerprint, MatchesRegex("[0-9a-f]{12}"));
  EXPECT_EQ(fingerprint, SecretFingerprint(Secret("hush")));
  EXPECT_NE(fingerprint, SecretFingerprint(Secret("hush2")));
  // Not the plain hash that a table would have.
  EXPECT_NE(fingerprint, "ef5b7ffbbbb4");
  EXPECT_EQ(Read("hush\n")->fingerprint, fingerprint);
}

}  // namespace
}  // namespace tokenbroker
