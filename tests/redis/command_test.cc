#include "redis/command.h"

namespace tokenbroker {
namespace {

using namespace std::string_literals;

TEST(CommandTest, CountsBytesAndTakesAnyOfThem) {
  const EncodedCommands command = EncodeCommand(std::vector<std::string>{"SET", "", "\0\r\n"s});
  EXPECT_EQ(command.bytes, "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$3\r\n\0\r\n\r\n"s);
  EXPECT_EQ(command.count, 1);
}

TEST(CommandTest, SeveralBecomeOne) {
  const EncodedCommands both = EncodeCommand(std::vector<std::string>{"ASKING"}) +
                               EncodeCommand(std::vector<std::string>{"GET", "k"});
  EXPECT_EQ(both.bytes, "*1\r\n$6\r\nASKING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
  EXPECT_EQ(both.count, 2);
}

}  // namespace
}  // namespace tokenbroker
