#include "client/tbctl/keyring_command.h"

#include <absl/strings/str_cat.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "config/keyring_file.h"
#include "crypto/base64url.h"
#include "tests/crypto/sealing_keys.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Command = Arguments::Command;

// Keys a, b and c seal from minute 0, 20 and 40 on.
class KeyringCommandTest : public ::testing::Test {
 protected:
  KeyringCommandTest() { arguments_.keyring_file = folder_.Path("ring"); }

  void WriteThreeKeys() {
    const Keyring keyring = *Keyring::Make({TestKey("a", 0), TestKey("b", 20), TestKey("c", 40)});
    ASSERT_TRUE(WriteKeyringFile(arguments_.keyring_file, keyring, Existing::kRefuse).ok());
  }
  Keyring OnDisk() {
    FileRecord files(ReadSmallFile);
    return *ReadKeyringFile(arguments_.keyring_file, files);
  }
  ExitCode Run(Command command, absl::Time now) {
    arguments_.command = command;
    out_.str("");
    err_.str("");
    const auto usage = [this](const std::string& config, const std::string& id) {
      asked_.push_back(absl::StrCat(config, " ", id));
      return usage_;
    };
    const ExitCode code = KeyringCommand(arguments_, {out_, err_, now, usage});
    for (const char* id : {"a", "b", "c"}) {
      const std::string key = Base64UrlEncode(TestKey(id, 0).key.Expose());
      EXPECT_THAT(out_.str() + err_.str(), Not(HasSubstr(key)));
    }
    return code;
  }
  ExitCode Retire(const std::string& id, absl::Time now) {
    arguments_.key_id = id;
    return Run(Command::kRetireKey, now);
  }

  TempFolder folder_;
  Arguments arguments_;
  absl::StatusOr<KeyUsage> usage_ = KeyUsage();
  std::vector<std::string> asked_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(KeyringCommandTest, MakesAKeyring) {
  EXPECT_EQ(Run(Command::kNewKeyring, At(0)), ExitCode::kDone);
  const Keyring keyring = OnDisk();
  ASSERT_EQ(keyring.keys().size(), 1u);
  EXPECT_EQ(keyring.keys()[0].write_from, At(0));
  EXPECT_EQ(out_.str(),
            absl::StrCat("made ", arguments_.keyring_file, " with the key ", keyring.keys()[0].id,
                         "\nkeep a copy in a safe place: without it nobody can read the grants\n"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(KeyringCommandTest, ListsOneObjectALineForPrograms) {
  WriteThreeKeys();
  arguments_.json = true;
  EXPECT_EQ(Run(Command::kListKeys, At(30)), ExitCode::kDone);
  std::istringstream lines(out_.str());
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    const boost::json::value key = boost::json::parse(line);
    ids.emplace_back(key.at("id").as_string());
    EXPECT_EQ(key.at("seals"), ids.back() == "b");
    EXPECT_FALSE(key.at("write_from_time").as_string().empty());
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(KeyringCommandTest, TellsProgramsTheKeyThatItMade) {
  arguments_.json = true;
  EXPECT_EQ(Run(Command::kNewKeyring, At(0)), ExitCode::kDone);
  EXPECT_EQ(boost::json::parse(out_.str()).at("id").as_string(), OnDisk().keys()[0].id);
  EXPECT_EQ(Run(Command::kAddKey, At(0)), ExitCode::kDone);
  EXPECT_EQ(boost::json::parse(out_.str()).at("seals"), false);
}

TEST_F(KeyringCommandTest, NeverReplacesAKeyringByANewOne) {
  WriteThreeKeys();
  EXPECT_EQ(Run(Command::kNewKeyring, At(0)), ExitCode::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("is there already\n"));
  EXPECT_THAT(OnDisk().ReadableIds(), ElementsAre("a", "b", "c"));
}

TEST_F(KeyringCommandTest, AddsAKeyThatSealsLater) {
  WriteThreeKeys();
  EXPECT_EQ(Run(Command::kAddKey, At(100)), ExitCode::kDone);
  const Keyring keyring = OnDisk();
  ASSERT_EQ(keyring.keys().size(), 4u);
  EXPECT_EQ(keyring.keys()[3].write_from, At(115));
  EXPECT_EQ(out_.str(), absl::StrCat("added the key ", keyring.keys()[3].id,
                                     ": opens at once, seals from 2027-01-15T09:55:00Z on\n"
                                     "bring the file to every replica before that\n"));
}

TEST_F(KeyringCommandTest, TakesAnotherLead) {
  WriteThreeKeys();
  arguments_.lead = absl::Hours(1);
  EXPECT_EQ(Run(Command::kAddKey, At(100)), ExitCode::kDone);
  EXPECT_EQ(OnDisk().keys()[3].write_from, At(160));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(KeyringCommandTest, WarnsOfALeadThatIsShorterThanFilesTravel) {
  WriteThreeKeys();
  arguments_.lead = absl::Seconds(5);
  EXPECT_EQ(Run(Command::kAddKey, At(100)), ExitCode::kDone);
  EXPECT_EQ(OnDisk().keys()[3].write_from, At(100) + absl::Seconds(5));
  EXPECT_THAT(err_.str(), HasSubstr("warning: a replica that has no new file by then"));
}

TEST_F(KeyringCommandTest, NamesTheKeyThatItAddedBetweenOthers) {
  WriteThreeKeys();
  EXPECT_EQ(Run(Command::kAddKey, At(10)), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr(OnDisk().keys()[2].id + ": opens at once, seals from "
                                                            "2027-01-15T08:25:00Z on"));
}

TEST_F(KeyringCommandTest, ListsWhatEachKeyIsFor) {
  WriteThreeKeys();
  EXPECT_EQ(Run(Command::kListKeys, At(30)), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "ID  CREATED               WRITE FROM            ROLE\n"
            "a   2027-01-15T08:00:00Z  2027-01-15T08:00:00Z  opens, may be retired after "
            "2027-01-15T08:35:00Z\n"
            "b   2027-01-15T08:20:00Z  2027-01-15T08:20:00Z  seals\n"
            "c   2027-01-15T08:40:00Z  2027-01-15T08:40:00Z  opens, seals from its time on\n");
  EXPECT_EQ(Run(Command::kListKeys, At(35)), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("opens, may be retired\n"));
}

TEST_F(KeyringCommandTest, RetiresAKeyThatTheStoreDoesNotNeed) {
  WriteThreeKeys();
  arguments_.config_file = "config.yaml";
  EXPECT_EQ(Retire("a", At(35)), ExitCode::kDone);
  EXPECT_THAT(asked_, ElementsAre("config.yaml a"));
  EXPECT_THAT(OnDisk().ReadableIds(), ElementsAre("b", "c"));
  EXPECT_EQ(out_.str(), "retired the key a\n");
}

TEST_F(KeyringCommandTest, KeepsAKeyThatTheStoreNeedsWhateverTheForce) {
  WriteThreeKeys();
  arguments_.config_file = "config.yaml";
  arguments_.force = true;
  for (const KeyUsage& usage :
       {KeyUsage{1, false, false}, KeyUsage{0, true, false}, KeyUsage{0, false, true}}) {
    usage_ = usage;
    EXPECT_EQ(Retire("a", At(35)), ExitCode::kFailed);
  }
  usage_ = KeyUsage{12, true, true};
  EXPECT_EQ(Retire("a", At(35)), ExitCode::kFailed);
  EXPECT_EQ(err_.str(),
            "tbctl: the key a is still needed by 12 grants and by a token that waits in some "
            "broker's spill folder and by logins, as the configuration's keyring seals with it; "
            "the brokers seal them anew by and by, try again later\n");
  EXPECT_THAT(OnDisk().ReadableIds(), ElementsAre("a", "b", "c"));
}

TEST_F(KeyringCommandTest, KeepsAKeyWhoseUseIsNotKnownUnlessForced) {
  WriteThreeKeys();
  EXPECT_EQ(Retire("a", At(35)), ExitCode::kUsage);
  EXPECT_EQ(err_.str(),
            "tbctl: it is not known whether anything is sealed with the key a: no --config says "
            "which store to ask; --force retires it all the same\n");
  arguments_.config_file = "config.yaml";
  usage_ = absl::UnavailableError("redis does not answer");
  EXPECT_EQ(Retire("a", At(35)), ExitCode::kTryLater);
  EXPECT_THAT(err_.str(), HasSubstr("redis does not answer; --force"));
  EXPECT_THAT(OnDisk().ReadableIds(), ElementsAre("a", "b", "c"));

  arguments_.force = true;
  EXPECT_EQ(Retire("a", At(35)), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("warning: it is not known whether"));
  EXPECT_THAT(OnDisk().ReadableIds(), ElementsAre("b", "c"));
}

TEST_F(KeyringCommandTest, KeepsTheKeysThatSealWhateverTheForce) {
  WriteThreeKeys();
  arguments_.force = true;
  EXPECT_EQ(Retire("b", At(30)), ExitCode::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("the key b is the write key"));
  EXPECT_EQ(Retire("c", At(30)), ExitCode::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("the key c is to be the write key"));
  EXPECT_EQ(Retire("a", At(34)), ExitCode::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("retire it after 2027-01-15T08:35:00Z"));
  EXPECT_EQ(Retire("d", At(30)), ExitCode::kUsage);
  EXPECT_THAT(OnDisk().ReadableIds(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(asked_, ElementsAre()) << "there was nothing to ask";
}

TEST_F(KeyringCommandTest, SaysWhatIsWrongWithTheFile) {
  for (const Command command : {Command::kAddKey, Command::kListKeys, Command::kRetireKey}) {
    EXPECT_EQ(Run(command, At(0)), ExitCode::kUsage);
    EXPECT_THAT(err_.str(), HasSubstr("ring' does not exist; name a readable keyring"));
  }
  folder_.Write("ring", "a b c\n");
  EXPECT_EQ(Run(Command::kListKeys, At(0)), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("ring:1: has 3 columns"));
}

TEST_F(KeyringCommandTest, WarnsOfAFileThatTooManyMayRead) {
  WriteThreeKeys();
  EXPECT_EQ(Run(Command::kListKeys, At(0)), ExitCode::kDone);
  EXPECT_EQ(err_.str(), "");
  ASSERT_EQ(::chmod(arguments_.keyring_file.c_str(), 0644), 0);
  EXPECT_EQ(Run(Command::kListKeys, At(0)), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("tbctl: warning: the file '"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
