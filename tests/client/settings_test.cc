#include "client/tbctl/settings.h"

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <sstream>

#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() {
    Forget();
    setenv("XDG_CONFIG_HOME", folder_.Path("xdg").c_str(), 1);
  }
  ~SettingsTest() override { Forget(); }

  static void Forget() {
    for (const char* name :
         {"TBCTL_ADDRESS", "TOKEN_BROKER_ADDRESS", "TBCTL_CA_FILE", "TOKEN_BROKER_CA_FILE",
          "TBCTL_TENANT", "TBCTL_CONFIG", "XDG_CONFIG_HOME"}) {
      unsetenv(name);
    }
  }
  Parsed Parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tbctl");
    err_.str("");
    return ParseArguments(static_cast<int>(words.size()), words.data(), out_, err_);
  }
  // Value and source of the setting.
  std::pair<std::string, std::string> Told(const std::string& name,
                                           std::vector<const char*> words = {"config"}) {
    const Parsed parsed = Parse(std::move(words));
    if (!parsed.arguments) return {"not parsed", err_.str()};
    for (const Setting& setting : parsed.arguments->settings) {
      if (setting.name == name) return {setting.value, setting.source};
    }
    return {"no such setting", ""};
  }
  using Pair = std::pair<std::string, std::string>;

  TempFolder folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SettingsTest, TheCommandLineComesBeforeTheEnvironmentAndThatBeforeTheFile) {
  EXPECT_EQ(Told("address"), Pair("127.0.0.1:8443", "default"));
  const std::string file = folder_.Write("mine.yaml", "address: file:1\n");
  setenv("TBCTL_CONFIG", file.c_str(), 1);
  EXPECT_EQ(Told("address"), Pair("file:1", file + ":1"));
  setenv("TOKEN_BROKER_ADDRESS", "shared:2", 1);
  EXPECT_EQ(Told("address"), Pair("shared:2", "TOKEN_BROKER_ADDRESS"));
  setenv("TBCTL_ADDRESS", "own:3", 1);
  EXPECT_EQ(Told("address"), Pair("own:3", "TBCTL_ADDRESS"));
  EXPECT_EQ(Told("address", {"config", "--address", "flag:4"}), Pair("flag:4", "--address"));
}

TEST_F(SettingsTest, WhatTheEnvironmentLeavesEmptyIsNotSaid) {
  setenv("TBCTL_ADDRESS", "", 1);
  EXPECT_EQ(Told("address"), Pair("127.0.0.1:8443", "default"));
}

TEST_F(SettingsTest, AnEmptyOptionTakesASettingAway) {
  setenv("TBCTL_CA_FILE", "ca.crt", 1);
  EXPECT_EQ(Told("ca_file"), Pair("ca.crt", "TBCTL_CA_FILE"));
  EXPECT_EQ(Told("ca_file", {"--ca-file", "", "config"}), Pair("", "--ca-file"));
}

TEST_F(SettingsTest, FindsItsFileInTheUsersConfigurationFolder) {
  folder_.Write("xdg/tbctl/config.yaml", "tenant: music\n");
  const Pair told = Told("tenant");
  EXPECT_EQ(told.first, "music");
  EXPECT_THAT(told.second, EndsWith("/xdg/tbctl/config.yaml:1"));
  EXPECT_EQ(Parse({"token", "p", "--subject", "s"}).arguments->tenant, "music");
}

TEST_F(SettingsTest, AFileThatIsNamedMustBeThereAndRight) {
  EXPECT_EQ(Parse({"--config", "/nonexistent.yaml", "config"}).exit_code, ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("/nonexistent.yaml: cannot be read"));
  const std::string file = folder_.Write("wrong.yaml", "adress: x\n");
  EXPECT_EQ(Parse({"--config", file.c_str(), "token", "p", "--subject", "s"}).exit_code,
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("wrong.yaml:1: unknown key"));
}

TEST_F(SettingsTest, CommandsThatAskNoBrokerNeedNoFileOfOurs) {
  const std::string file = folder_.Write("wrong.yaml", "adress: x\n");
  setenv("TBCTL_CONFIG", file.c_str(), 1);
  EXPECT_TRUE(Parse({"version"}).arguments.has_value());
  const Parsed store = Parse({"store", "info", "--config", "broker.yaml"});
  ASSERT_TRUE(store.arguments.has_value()) << err_.str();
  EXPECT_EQ(store.arguments->config_file, "broker.yaml") << "the broker's";
  EXPECT_EQ(store.arguments->own_config_file, "");
}

TEST_F(SettingsTest, ShowsThemForPeopleAndForPrograms) {
  setenv("TBCTL_TENANT", "music", 1);
  const Parsed parsed = Parse({"config", "--json"});
  Arguments arguments = *parsed.arguments;
  EXPECT_EQ(ShowSettings(arguments, out_, err_), ExitCode::kDone);
  std::istringstream lines(out_.str());
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(boost::json::parse(line).at("name"), "address");
  EXPECT_EQ(boost::json::parse(line).at("source"), "default");
  arguments.json = false;
  out_.str("");
  EXPECT_EQ(ShowSettings(arguments, out_, err_), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("tenant\tmusic\tTBCTL_TENANT\n"));
  EXPECT_THAT(out_.str(), HasSubstr("ca_file\t-\tdefault\n"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
