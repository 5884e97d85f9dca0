// The program itself: what it prints, and how it ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/provider_simulator/loopback_client.h"
#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

using ::testing::HasSubstr;

// A running provider-simulator whose stdout and stderr are one pipe.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    arguments.insert(arguments.begin(), PROVIDER_SIMULATOR_PROGRAM);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_end_ = ends[0];
  }
  ~Program() {
    close(output_end_);
    if (pid_ > 0) Stop(SIGKILL);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Reads until that many lines were printed, or the program has ended.
  std::vector<std::string> ReadLines(std::size_t count) {
    char c = 0;
    while (lines_.size() < count && read(output_end_, &c, 1) == 1) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      lines_.push_back(line_);
      line_.clear();
    }
    return lines_;
  }

  // The exit code, -1 when a signal ended it.
  int Stop(int signal_number) {
    kill(pid_, signal_number);
    return Wait();
  }
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int output_end_ = -1;
  std::string line_;
  std::vector<std::string> lines_;
};

TEST(ProgramTest, PrintsItsListenersServesAndEndsWithZero) {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    Program program(
        {"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--second-listen", "127.0.0.1:0"});
    const auto lines = program.ReadLines(3);
    ASSERT_EQ(lines.size(), 3U);
    std::vector<std::string> names;
    for (const std::string& line : lines) {
      const auto event = JsonOf(line);
      EXPECT_EQ(Member(event, "event"), "listening");
      names.push_back(Member(event, "name"));
      LoopbackClient client(Member(event, "address"));
      EXPECT_TRUE(client.Get("/").ok()) << line;
    }
    EXPECT_THAT(names, ::testing::UnorderedElementsAre("provider", "provider2", "control"));
    EXPECT_EQ(program.Stop(signal_number), 0);
  }
}

TEST(ProgramTest, HelpTeaches) {
  Program program({"--help"});
  std::string help;
  for (const std::string& line : program.ReadLines(1000)) help += line + "\n";
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(help, HasSubstr("--second-listen"));
  EXPECT_THAT(help, HasSubstr("curl"));
}

TEST(ProgramTest, APortThatIsTakenIsSaidAndEndsItWithOne) {
  Program first({"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"});
  const auto lines = first.ReadLines(1);
  ASSERT_EQ(lines.size(), 1U);
  const std::string taken = Member(JsonOf(lines[0]), "address");
  Program second({"--listen", taken, "--control", "127.0.0.1:0"});
  const auto complaint = second.ReadLines(1);
  ASSERT_EQ(complaint.size(), 1U);
  EXPECT_THAT(complaint[0], HasSubstr("cannot listen on " + taken));
  EXPECT_EQ(second.Wait(), 1);
}

}  // namespace
}  // namespace provider_simulator
