#include "client/tbctl/policy_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace tokenbroker::tbctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PolicyArgumentsTest : public ::testing::Test {
 protected:
  Parsed Parse(std::vector<const char*> words) {
    words.insert(words.begin(), {"tbctl", "policy", "check"});
    return ParseArguments(static_cast<int>(words.size()), words.data(), out_, err_);
  }
  std::string UsageError(std::vector<const char*> words) {
    err_.str("");
    EXPECT_EQ(Parse(std::move(words)).exit_code, ExitCode::kUsage);
    return err_.str();
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyArgumentsTest, ReadsTheFileAlone) {
  const Parsed parsed = Parse({"--policy", "p.yaml"});
  ASSERT_TRUE(parsed.arguments) << err_.str();
  EXPECT_EQ(parsed.arguments->command, Arguments::Command::kCheckPolicy);
  EXPECT_EQ(parsed.arguments->policy_file, "p.yaml");
  EXPECT_EQ(parsed.arguments->caller, "");
}

TEST_F(PolicyArgumentsTest, ReadsAQuestion) {
  const Parsed parsed = Parse({"--policy", "p.yaml", "--caller", "dns:a", "--rpc", "GetFreshToken",
                               "--provider", "spotify", "--subject", "user-42", "--tenant", "music",
                               "--scope", "a", "--scope", "b"});
  ASSERT_TRUE(parsed.arguments) << err_.str();
  EXPECT_EQ(parsed.arguments->caller, "dns:a");
  EXPECT_EQ(parsed.arguments->rpc, "GetFreshToken");
  EXPECT_EQ(parsed.arguments->provider, "spotify");
  EXPECT_EQ(parsed.arguments->subject, "user-42");
  EXPECT_EQ(parsed.arguments->tenant, "music");
  EXPECT_THAT(parsed.arguments->scopes, ElementsAre("a", "b"));
}

TEST_F(PolicyArgumentsTest, RefusesHalfAQuestion) {
  EXPECT_THAT(UsageError({}), HasSubstr("--policy is required"));
  EXPECT_THAT(UsageError({"--policy", "p", "--caller", "dns:a"}), HasSubstr("--rpc"));
  EXPECT_THAT(UsageError({"--policy", "p", "--rpc", "GetStatus"}), HasSubstr("--caller"));
  EXPECT_THAT(UsageError({"--policy", "p", "--subject", "a"}), HasSubstr("--caller"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
