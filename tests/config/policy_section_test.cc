#include "config/policy_section.h"

#include "tests/config/config_fixture.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class PolicySectionTest : public ConfigTest {
 protected:
  PolicySectionTest() { files_["/etc/broker/policy.yaml"] = kPolicy; }
  std::string ErrorsWith(const std::string& lines) { return Errors(WithProvider({}) + lines); }
};

TEST_F(PolicySectionTest, IsOpenWithoutAPolicyFile) {
  const absl::StatusOr<Snapshot> snapshot = Parse(WithProvider({}));
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_FALSE(snapshot->has_policy);
  EXPECT_EQ(snapshot->policy, Policy::Open());
}

TEST_F(PolicySectionTest, TakesAFileBesideTheConfiguration) {
  const absl::StatusOr<Snapshot> snapshot = Parse(WithProvider({}) + "policy_file: policy.yaml\n");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_TRUE(snapshot->has_policy);
  EXPECT_THAT(snapshot->policy->rules(), SizeIs(1));
}

TEST_F(PolicySectionTest, TakesAnAbsolutePath) {
  files_["/p"] = kPolicy;
  EXPECT_EQ(ErrorsWith("policy_file: /p\n"), "");
}

TEST_F(PolicySectionTest, ShowsTheFilesOwnErrors) {
  EXPECT_THAT(ErrorsWith("policy_file: none.yaml\n"),
              HasSubstr("policy_file: cannot be taken:\n"
                        "/etc/broker/none.yaml: the file does not exist"));
  files_["/p"] = "rules:\n  - name: a\n";
  EXPECT_THAT(ErrorsWith("policy_file: /p\n"), HasSubstr("\n/p:2:5: rules[0].callers: is missing"));
  EXPECT_THAT(ErrorsWith("policy_file: \"\"\n"), HasSubstr("policy_file: is empty"));
}

TEST_F(PolicySectionTest, WantsAPolicyWhereTheNetworkListensIn) {
  for (const char* more : {"", ", insecure_plaintext: true"}) {
    const std::string server = std::string("server: { listen: \"0.0.0.0:8443\"") + more + " }\n";
    EXPECT_THAT(ErrorsWith(server), HasSubstr("policy_file: is missing, and server.listen"));
    EXPECT_THAT(ErrorsWith(server + "policy_file: policy.yaml\n"),
                testing::Not(HasSubstr("policy_file")));
  }
}

TEST_F(PolicySectionTest, NeedsNoneOnLoopbackAndUnixSockets) {
  for (const char* listen : {"127.0.0.1:1", "[::1]:1", "localhost:1", "unix:/run/b.sock"}) {
    EXPECT_EQ(ErrorsWith(std::string("server: { listen: \"") + listen + "\" }\n"), "") << listen;
  }
}

}  // namespace
}  // namespace tokenbroker
