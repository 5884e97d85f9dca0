#include "client/tbctl/exec_command.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/client/command_fixture.h"
#include "tests/support/child_process.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "at-secret";

class FakeTokens : public v1::TokenBrokerService::Service {
 public:
  grpc::Status GetFreshToken(grpc::ServerContext*, const v1::GetFreshTokenRequest* request,
                             v1::GetFreshTokenResponse* response) override {
    if (request->subject() == "nobody") return {grpc::StatusCode::NOT_FOUND, "no grant"};
    response->mutable_token()->set_access_token(kToken);
    return grpc::Status::OK;
  }
};

// The program itself, as it becomes another.
class ExecCommandTest : public ::testing::Test {
 protected:
  ExecCommandTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&fake_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  std::unique_ptr<ChildProcess> Start(std::vector<std::string> options,
                                      const std::vector<std::string>& child) {
    std::vector<std::string> words = {TBCTL_PROGRAM, "--address", address_, "exec", "spotify"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back("--");
    words.insert(words.end(), child.begin(), child.end());
    return std::make_unique<ChildProcess>(words);
  }
  // The exit code; what was printed is in output_.
  int Run(std::vector<std::string> options, const std::vector<std::string>& child) {
    options.insert(options.begin(), {"--subject", "user-42"});
    const auto process = Start(std::move(options), child);
    // All that it prints.
    process->WaitForLine("nobody says this");
    const int code = process->Wait();
    output_ = process->Output();
    return code;
  }

  FakeTokens fake_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::string output_;
};

TEST_F(ExecCommandTest, TheProgramFindsTheTokenInItsEnvironmentAndItsExitCodeIsOurs) {
  EXPECT_EQ(Run({}, {"sh", "-c", "echo got $ACCESS_TOKEN; exit 7"}), 7);
  EXPECT_THAT(output_, HasSubstr("got at-secret"));
}

TEST_F(ExecCommandTest, TheVariableHasTheNameThatIsAskedFor) {
  EXPECT_EQ(Run({"--token-env", "MINE"}, {"sh", "-c", "echo $MINE-$ACCESS_TOKEN-"}), 0);
  EXPECT_THAT(output_, HasSubstr("at-secret--"));
  EXPECT_EQ(Run({"--token-env", "1x"}, {"true"}), 2);
  EXPECT_EQ(Run({"--token-env", "A=B"}, {"true"}), 2);
}

TEST_F(ExecCommandTest, ADescriptorKeepsTheTokenOutOfTheEnvironmentAndIsReadOnce) {
  EXPECT_EQ(Run({"--token-fd", "7"}, {"sh", "-c", "cat <&7; echo .; cat <&7; env; true"}), 0);
  EXPECT_THAT(output_, HasSubstr("at-secret.\n"));
  EXPECT_EQ(output_.find(kToken), output_.rfind(kToken));
}

TEST_F(ExecCommandTest, TheTokenIsInNoArgument) {
  EXPECT_EQ(Run({}, {"sh", "-c", "tr '\\0' ' ' </proc/$$/cmdline"}), 0);
  EXPECT_THAT(output_, Not(HasSubstr(kToken)));
}

TEST_F(ExecCommandTest, TheProgramInheritsNothingElseOfOurs) {
  EXPECT_EQ(Run({"--token-fd", "9"}, {"sh", "-c", "for f in /proc/$$/fd/*; do readlink $f; done"}),
            0);
  EXPECT_THAT(output_, Not(HasSubstr("socket:")));
  EXPECT_THAT(output_, Not(HasSubstr("eventpoll")));
}

TEST_F(ExecCommandTest, OptionsBehindTheSeparatorAreTheProgramsOwn) {
  EXPECT_EQ(Run({}, {"sh", "-c", "echo \"$@\"", "sh", "--subject", "x", "--", "--help"}), 0);
  EXPECT_THAT(output_, HasSubstr("--subject x -- --help"));
}

TEST_F(ExecCommandTest, SignalsReachTheProgram) {
  const auto process = Start(
      {"--subject", "user-42"},
      {"sh", "-c", "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.01; done"});
  process->WaitForLine("ready");
  process->Signal(SIGTERM);
  EXPECT_EQ(process->WaitForLine("caught"), "caught");
  EXPECT_EQ(process->Wait(), 9);
}

TEST_F(ExecCommandTest, WithoutATokenNothingIsRun) {
  const auto process = Start({"--subject", "nobody"}, {"echo", "it was run"});
  EXPECT_FALSE(process->WaitForLine("tbctl: no grant").empty());
  EXPECT_EQ(process->WaitForLine("it was run"), "");
  EXPECT_NE(process->Wait(), 0);
}

TEST_F(ExecCommandTest, SaysThatAProgramCannotBeRunAsAShellDoes) {
  EXPECT_EQ(Run({}, {"/nonexistent/program"}), 127);
  EXPECT_THAT(output_, HasSubstr("/nonexistent/program cannot be run"));
  EXPECT_EQ(Run({}, {"/"}), 126);
  EXPECT_THAT(output_, Not(HasSubstr(kToken)));
  EXPECT_EQ(Run({}, {}), 2);
}

TEST(ExecEnvironmentTest, AVariableOfTheSameNameIsReplaced) {
  EXPECT_THAT(WithVariable({"A=1", "TOKEN=old", "TOKENS=2"}, "TOKEN", "new"),
              ElementsAre("A=1", "TOKENS=2", "TOKEN=new"));
}

TEST(OpenDescriptorsTest, KnowsWhatIsOpen) {
  const int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(OpenDescriptors().count(opened), 1u);
  close(opened);
  EXPECT_EQ(OpenDescriptors().count(opened), 0u);
}

}  // namespace
}  // namespace tokenbroker::tbctl
