#include "client/tbctl/store_arguments.h"

#include <sstream>

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using Command = Arguments::Command;

class StoreArgumentsTest : public ::testing::Test {
 protected:
  Parsed Parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tbctl");
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
  std::string Help(std::vector<const char*> words) {
    out_.str("");
    words.push_back("--help");
    EXPECT_EQ(Parse(std::move(words)).exit_code, ExitCode::kDone);
    return out_.str();
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(StoreArgumentsTest, ReadsTheCommandsOnTheStore) {
  const Arguments init = Read({"store", "init", "--config", "c.yaml"});
  EXPECT_EQ(init.command, Command::kInitStore);
  EXPECT_EQ(init.config_file, "c.yaml");
  EXPECT_EQ(init.shards, 64);
  EXPECT_EQ(Read({"store", "init", "--config", "c.yaml", "--shards", "8"}).shards, 8);
  EXPECT_EQ(Read({"store", "info", "--config", "c.yaml"}).command, Command::kStoreInfo);
  EXPECT_EQ(Read({"store", "mend", "--config", "c.yaml"}).command, Command::kMendStore);
  for (const Command command : {Command::kInitStore, Command::kStoreInfo, Command::kMendStore}) {
    EXPECT_FALSE(AsksBroker(command));
  }
  const Arguments upgrade = Read({"store", "upgrade", "--config", "c.yaml", "--min-writer", "1"});
  EXPECT_EQ(upgrade.command, Command::kUpgradeStore);
  EXPECT_EQ(upgrade.min_writer, 1);
}

TEST_F(StoreArgumentsTest, ReadsTheCommandsOnTheSpill) {
  const Arguments list = Read({"spill", "list", "/spill", "--config", "c.yaml"});
  EXPECT_EQ(list.command, Command::kListSpill);
  EXPECT_EQ(list.spill_dir, "/spill");
  EXPECT_EQ(list.config_file, "c.yaml");
  EXPECT_EQ(Read({"spill", "replay", "/spill", "--config", "c.yaml"}).command,
            Command::kReplaySpill);
}

TEST_F(StoreArgumentsTest, RefusesWhatIsWrongAndSaysWhat) {
  EXPECT_THAT(UsageError({"store"}), HasSubstr("subcommand"));
  EXPECT_THAT(UsageError({"store", "init"}), HasSubstr("--config"));
  EXPECT_THAT(UsageError({"store", "init", "--config", "c", "--shards", "0"}),
              HasSubstr("--shards"));
  EXPECT_THAT(UsageError({"spill", "list", "--config", "c"}), HasSubstr("DIR"));
  EXPECT_THAT(UsageError({"spill", "replay", "/spill"}), HasSubstr("--config"));
}

TEST_F(StoreArgumentsTest, TeachesTheSetUpAndTheReplay) {
  EXPECT_THAT(Help({"store"}), HasSubstr("tbctl store init --config config.yaml"));
  EXPECT_THAT(Help({"spill"}), HasSubstr("tbctl spill replay /var/spool/token-broker"));
  EXPECT_THAT(Help({"spill", "replay"}), HasSubstr("Safe to repeat"));
  EXPECT_THAT(Help({}), HasSubstr("tbctl store init"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
