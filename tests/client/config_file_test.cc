#include "client/tbctl/config_file.h"

#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigFileTest : public ::testing::Test {
 protected:
  auto Read(const std::string& text) {
    return ReadConfigFile(folder_.Write("config.yaml", text), {"address", "ca_file"});
  }
  void ExpectWrong(const std::string& text, const std::string& line, const std::string& problem) {
    const absl::Status status = Read(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("config.yaml:" + line + ": "));
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem));
  }
  TempFolder folder_;
};

TEST_F(ConfigFileTest, ReadsValuesAndWhereTheyStand) {
  const auto values = Read("# ours\naddress: broker:8443\nca_file: ca.crt\n");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->at("address").text, "broker:8443");
  EXPECT_THAT(values->at("address").place, EndsWith("config.yaml:2"));
  EXPECT_EQ(values->at("ca_file").text, folder_.Path("ca.crt")) << "from the file's folder";
  EXPECT_EQ(Read("ca_file: /etc/ca.crt\n")->at("ca_file").text, "/etc/ca.crt");
}

TEST_F(ConfigFileTest, AnEmptyFileSaysNothing) {
  EXPECT_THAT(*Read(""), IsEmpty());
  EXPECT_THAT(*Read("# nothing\n"), IsEmpty());
}

TEST_F(ConfigFileTest, SaysWhereItIsWrong) {
  ExpectWrong("address: a\nadress: b\n", "2", "unknown key; there are address, ca_file");
  ExpectWrong("address: a\naddress: b\n", "2", "twice");
  ExpectWrong("address: [ a ]\n", "1", "needs a text");
  ExpectWrong("address:\n", "1", "needs a text");
  ExpectWrong("- address\n", "1", "key: value");
  const absl::Status broken = Read("address: [ a\n").status();
  EXPECT_THAT(std::string(broken.message()), HasSubstr("is not YAML"));
}

TEST_F(ConfigFileTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(ReadConfigFile("/nonexistent/config.yaml", {}).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tokenbroker::tbctl
