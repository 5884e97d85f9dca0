#include "client/tbctl/arguments.h"

#include <cstdlib>
#include <sstream>

namespace tokenbroker::tbctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ArgumentsTest : public ::testing::Test {
 protected:
  ArgumentsTest() {
    ForgetEnvironment();
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
  }
  ~ArgumentsTest() override { ForgetEnvironment(); }

  static void ForgetEnvironment() {
    for (const char* name :
         {"TBCTL_ADDRESS", "TBCTL_CONFIG", "TOKEN_BROKER_ADDRESS", "TOKEN_BROKER_CA_FILE",
          "TOKEN_BROKER_CERTIFICATE_FILE", "TOKEN_BROKER_KEY_FILE", "TOKEN_BROKER_TOKEN_FILE"}) {
      unsetenv(name);
    }
  }

  Parsed Parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tbctl");
    return ParseArguments(static_cast<int>(words.size()), words.data(), out_, err_);
  }
  void ExpectUsageError(std::vector<const char*> words, const std::string& text) {
    const Parsed parsed = Parse(std::move(words));
    EXPECT_FALSE(parsed.arguments.has_value());
    EXPECT_EQ(parsed.exit_code, ExitCode::kUsage);
    EXPECT_THAT(err_.str(), HasSubstr(text));
    EXPECT_EQ(out_.str(), "");
    err_.str("");
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ArgumentsTest, ReadsALogin) {
  const Parsed parsed = Parse({"--address", "broker:1", "--tenant", "music", "login", "--scope",
                               "a", "--scope", "b", "spotify", "--subject", "user-42", "--port",
                               "8888", "--redirect-path", "/back", "--no-browser"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  const Arguments& arguments = *parsed.arguments;
  EXPECT_EQ(arguments.command, Arguments::Command::kLogin);
  EXPECT_EQ(arguments.address, "broker:1");
  EXPECT_EQ(arguments.tenant, "music");
  EXPECT_EQ(arguments.provider, "spotify");
  EXPECT_EQ(arguments.subject, "user-42");
  EXPECT_EQ(arguments.port, 8888);
  EXPECT_EQ(arguments.redirect_path, "/back");
  EXPECT_THAT(arguments.scopes, ElementsAre("a", "b"));
  EXPECT_TRUE(arguments.no_browser);
}

TEST_F(ArgumentsTest, ReadsATokenRequestWithDefaults) {
  const Parsed parsed = Parse({"token", "spotify", "--subject", "user-42"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->command, Arguments::Command::kToken);
  EXPECT_EQ(parsed.arguments->address, "127.0.0.1:8443");
  EXPECT_EQ(parsed.arguments->tenant, "");
  EXPECT_EQ(parsed.arguments->min_ttl, absl::nullopt);
  EXPECT_FALSE(parsed.arguments->json);
}

TEST_F(ArgumentsTest, ReadsMinTtlAndJson) {
  const Parsed parsed =
      Parse({"token", "spotify", "--subject", "user-42", "--min-ttl", "1h30m", "--json"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->min_ttl, absl::Minutes(90));
  EXPECT_TRUE(parsed.arguments->json);
}

TEST_F(ArgumentsTest, TakesTheAddressFromTheEnvironmentUnlessItIsGiven) {
  setenv("TOKEN_BROKER_ADDRESS", "env:1", 1);
  EXPECT_EQ(Parse({"token", "p", "--subject", "s"}).arguments->address, "env:1");
  EXPECT_EQ(Parse({"--address", "flag:2", "token", "p", "--subject", "s"}).arguments->address,
            "flag:2");
  setenv("TOKEN_BROKER_ADDRESS", "", 1);
  EXPECT_EQ(Parse({"token", "p", "--subject", "s"}).arguments->address, "127.0.0.1:8443");
}

TEST_F(ArgumentsTest, ReadsHowTheBrokerIsReached) {
  const Parsed parsed =
      Parse({"--ca-file", "ca.crt", "token", "p", "--subject", "s", "--certificate-file", "tls.crt",
             "--key-file", "tls.key", "--token-file", "token"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->ca_file, "ca.crt");
  EXPECT_EQ(parsed.arguments->certificate_file, "tls.crt");
  EXPECT_EQ(parsed.arguments->key_file, "tls.key");
  EXPECT_EQ(parsed.arguments->token_file, "token");
  EXPECT_EQ(Parse({"token", "p", "--subject", "s"}).arguments->ca_file, "");
}

TEST_F(ArgumentsTest, TakesTheFilesFromTheEnvironmentUnlessTheyAreGiven) {
  setenv("TOKEN_BROKER_CA_FILE", "env-ca", 1);
  setenv("TOKEN_BROKER_CERTIFICATE_FILE", "env-crt", 1);
  setenv("TOKEN_BROKER_KEY_FILE", "env-key", 1);
  setenv("TOKEN_BROKER_TOKEN_FILE", "env-token", 1);
  const Parsed parsed = Parse({"grants", "list", "--key-file", "flag-key"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->ca_file, "env-ca");
  EXPECT_EQ(parsed.arguments->certificate_file, "env-crt");
  EXPECT_EQ(parsed.arguments->key_file, "flag-key");
  EXPECT_EQ(parsed.arguments->token_file, "env-token");
}

TEST_F(ArgumentsTest, TakesAddressAndTenantOnEitherSideOfTheCommand) {
  const Parsed parsed =
      Parse({"token", "p", "--subject", "s", "--tenant", "music", "--address", "broker:1"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->tenant, "music");
  EXPECT_EQ(parsed.arguments->address, "broker:1");
}

TEST_F(ArgumentsTest, RefusesWhatIsWrongAndSaysWhat) {
  ExpectUsageError({}, "subcommand");
  ExpectUsageError({"token", "--subject", "s"}, "PROVIDER");
  ExpectUsageError({"token", "p"}, "--subject");
  ExpectUsageError({"tokn", "p", "--subject", "s"}, "subcommand");
  ExpectUsageError({"token", "p", "--subject", "s", "--min-ttl", "fish"}, "write it like 5m");
  ExpectUsageError({"--address", "", "token", "p", "--subject", "s"}, "--address");
  ExpectUsageError({"login", "p", "--subject", "s", "--port", "65536"}, "--port");
  ExpectUsageError({"login", "p", "--subject", "s", "--redirect-path", "back"}, "start with /");
  ExpectUsageError({"login", "p", "--subject", "s", "--redirect-path", "/b?x=1"}, "path alone");
}

TEST_F(ArgumentsTest, TeachesByExamplesAndExitCodes) {
  const Parsed parsed = Parse({"--help"});
  EXPECT_FALSE(parsed.arguments.has_value());
  EXPECT_EQ(parsed.exit_code, ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("tbctl login spotify --subject user-42"));
  EXPECT_THAT(out_.str(), HasSubstr("3  the user must log in (again)"));
  EXPECT_THAT(out_.str(), HasSubstr("TBCTL_ADDRESS"));
  EXPECT_THAT(out_.str(), HasSubstr("TOKEN_BROKER_ADDRESS"));
}

TEST_F(ArgumentsTest, ReadsWhatToRunWithAToken) {
  const Parsed parsed = Parse({"exec", "spotify", "--subject", "s", "--min-ttl", "5m", "--token-fd",
                               "3", "--json", "--", "curl", "-H", "--json", "--", "x"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->command, Arguments::Command::kExec);
  EXPECT_EQ(parsed.arguments->provider, "spotify");
  EXPECT_EQ(parsed.arguments->min_ttl, absl::Minutes(5));
  EXPECT_EQ(parsed.arguments->token_fd, 3);
  EXPECT_EQ(parsed.arguments->token_env, "ACCESS_TOKEN");
  EXPECT_THAT(parsed.arguments->child, ElementsAre("curl", "-H", "--json", "--", "x"));
  ExpectUsageError({"exec", "p", "--subject", "s", "--token-fd", "2", "--", "x"}, "--token-fd");
  ExpectUsageError(
      {"exec", "p", "--subject", "s", "--token-fd", "3", "--token-env", "T", "--", "x"},
      "excludes");
}

TEST_F(ArgumentsTest, TakesJsonOnEitherSideOfTheCommand) {
  EXPECT_TRUE(Parse({"--json", "grants", "list"}).arguments->json);
  EXPECT_TRUE(Parse({"grants", "list", "--json"}).arguments->json);
  EXPECT_TRUE(Parse({"store", "info", "--config", "c", "--json"}).arguments->json);
}

TEST_F(ArgumentsTest, SeparatesWordsOfOtherCommandsAsBefore) {
  const Parsed parsed = Parse({"token", "--subject", "s", "--", "exec"});
  ASSERT_TRUE(parsed.arguments.has_value()) << err_.str();
  EXPECT_EQ(parsed.arguments->provider, "exec");
}

TEST_F(ArgumentsTest, TellsItsVersion) {
  EXPECT_EQ(Parse({"--version"}).exit_code, ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("tbctl "));
}

TEST(ParseDurationTest, ReadsDurationsAsPeopleWriteThem) {
  EXPECT_EQ(*ParseDuration("5m"), absl::Minutes(5));
  EXPECT_EQ(*ParseDuration("90s"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("0"), absl::ZeroDuration());
}

TEST(ParseDurationTest, RefusesWhatIsNone) {
  for (const std::string text : {"", "5", "m", "-5m", "inf", "5 m", "5x"}) {
    EXPECT_EQ(ParseDuration(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tokenbroker::tbctl
