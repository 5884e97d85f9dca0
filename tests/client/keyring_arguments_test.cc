#include "client/tbctl/keyring_arguments.h"

#include <sstream>

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using Command = Arguments::Command;

class KeyringArgumentsTest : public ::testing::Test {
 protected:
  Parsed Parse(std::vector<const char*> words) {
    words.insert(words.begin(), {"tbctl", "keyring"});
    return ParseArguments(static_cast<int>(words.size()), words.data(), out_, err_);
  }
  Arguments Read(std::vector<const char*> words) {
    const Parsed parsed = Parse(std::move(words));
    EXPECT_TRUE(parsed.arguments.has_value()) << err_.str();
    return parsed.arguments.value_or(Arguments());
  }
  std::string UsageError(std::vector<const char*> words) {
    err_.str("");
    EXPECT_EQ(Parse(std::move(words)).exit_code, ExitCode::kUsage);
    return err_.str();
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(KeyringArgumentsTest, ReadsEveryCommand) {
  EXPECT_EQ(Read({"new", "ring"}).command, Command::kNewKeyring);
  EXPECT_EQ(Read({"new", "ring"}).keyring_file, "ring");
  EXPECT_EQ(Read({"list", "ring"}).command, Command::kListKeys);
  EXPECT_EQ(Read({"add", "ring"}).command, Command::kAddKey);
  EXPECT_EQ(Read({"add", "ring"}).lead, absl::nullopt);
  EXPECT_EQ(Read({"add", "ring", "--lead", "1h"}).lead, absl::Hours(1));
}

TEST_F(KeyringArgumentsTest, ReadsARetirement) {
  const Arguments plain = Read({"retire", "ring", "2026-11-24-3f9ac1"});
  EXPECT_EQ(plain.command, Command::kRetireKey);
  EXPECT_EQ(plain.keyring_file, "ring");
  EXPECT_EQ(plain.key_id, "2026-11-24-3f9ac1");
  EXPECT_EQ(plain.config_file, "");
  EXPECT_FALSE(plain.force);
  const Arguments forced = Read({"retire", "ring", "id", "--config", "c.yaml", "--force"});
  EXPECT_EQ(forced.config_file, "c.yaml");
  EXPECT_TRUE(forced.force);
}

TEST_F(KeyringArgumentsTest, RefusesWhatIsWrongAndSaysWhat) {
  EXPECT_THAT(UsageError({}), HasSubstr("subcommand"));
  EXPECT_THAT(UsageError({"new"}), HasSubstr("FILE"));
  EXPECT_THAT(UsageError({"retire", "ring"}), HasSubstr("ID"));
  EXPECT_THAT(UsageError({"add", "ring", "--lead", "soon"}), HasSubstr("write it like 5m"));
  EXPECT_THAT(UsageError({"list", "ring", "--force"}), HasSubstr("--force"));
}

TEST_F(KeyringArgumentsTest, TeachesHowToChangeTheKey) {
  EXPECT_EQ(Parse({"--help"}).exit_code, ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("tbctl keyring add keyring"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
