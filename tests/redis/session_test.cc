// RedisSession through DirectClient, with servers that break the rules or stand still.
#include "redis/session.h"

#include "redis/direct_client.h"
#include "tests/redis/fake_server.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using Reply = absl::StatusOr<RedisReply>;
using Words = std::vector<std::string>;

class SessionTest : public RedisTest {
 protected:
  RedisOptions To(const FakeServer& server) {
    RedisOptions options;
    options.endpoints = {server.endpoint()};
    return options;
  }
};

TEST_F(SessionTest, AServerThatTalksNonsenseIsLeft) {
  FakeServer server(loop_, [](const Words& words) {
    return words[0] == "GET" ? std::string("HTTP/1.1 200 OK\r\n") : Greet(words);
  });
  DirectClient client(loop_, To(server), 1);
  EXPECT_EQ(Finish(client, client.Call(Command({"GET", "k"}))).status(),
            absl::UnavailableError(
                "redis: GET: the server's bytes are no reply, or one beyond the limits"));
  EXPECT_FALSE(Finish(client, client.Call(Command({"GET", "k"}))).ok());
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(SessionTest, AnAnswerThatNobodyAskedForEndsTheConnection) {
  FakeServer server(loop_, [](const Words& words) {
    return words[0] == "GET" ? std::string("+one\r\n+two\r\n") : Greet(words);
  });
  DirectClient client(loop_, To(server), 1);
  EXPECT_EQ(*Finish(client, client.Call(Command({"GET", "k"}))), StatusReply("one"));
  EXPECT_EQ(*Finish(client, client.Call(Command({"GET", "k"}))), StatusReply("one"));
  EXPECT_EQ(server.connections(), 2u);
}

// What is read at once is taken in pieces.
TEST_F(SessionTest, AnswersOfAnySizeComeTogether) {
  const std::vector<size_t> sizes = {1, 4000, 100'000, 4096, 0, 9000, 5};
  FakeServer server(loop_, [&sizes](const Words& words) {
    if (words[0] != "GET") return Greet(words);
    if (words[1] != "last") return std::string();
    std::string answers;
    for (const size_t size : sizes) answers += "+" + std::string(size, 'x') + "\r\n";
    return answers;
  });
  DirectClient client(loop_, To(server), 1);
  std::vector<Future<Reply>> calls;
  for (size_t i = 0; i < sizes.size(); ++i) {
    calls.push_back(Start(client.Call(Command({"GET", i + 1 < sizes.size() ? "k" : "last"}))));
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(*Await(calls[i]), StatusReply(std::string(sizes[i], 'x')));
  }
}

TEST_F(SessionTest, WhatIsUnwrittenAtItsDeadlineIsNotSentAtAll) {
  RedisServer server;
  DirectClient client(loop_, By(server), 1);
  ASSERT_TRUE(Finish(client, client.Call(Command({"PING"}))).ok());
  server.Pause();
  // More than sockets hold.
  const auto large =
      Start(client.Call(Command({"SET", "large", std::string(size_t{8} << 20, 'x')})));
  const auto small = Start(client.Call(Command({"SET", "small", "x"}, absl::Seconds(1))));
  Advance(absl::Seconds(1));
  EXPECT_FALSE(small->value().ok());
  server.Continue();
  EXPECT_TRUE(Await(large).ok());
  EXPECT_TRUE(Finish(client, client.Call(Command({"PING"}))).ok());
  EXPECT_EQ(server.Command({"EXISTS", "small"}), "0");
}

TEST_F(SessionTest, ABusyServerIsNotSilent) {
  std::vector<std::string> asked;
  FakeServer server(loop_, [&](const Words& words) {
    if (words[0] != "GET") return Greet(words);
    asked.push_back(words[1]);
    return std::string();
  });
  DirectClient client(loop_, To(server), 1);
  std::vector<Future<Reply>> calls;
  for (int i = 0; i < 4; ++i)
    calls.push_back(Start(client.Call(Command({"GET", "k"}, absl::Minutes(1)))));
  AwaitOutside([&] { return asked.size() == 4; });
  for (const auto& call : calls) {
    Advance(absl::Milliseconds(1900));
    server.Send(Bulk("v"));
    EXPECT_EQ(*Await(call), StringReply("v"));
  }
}

TEST_F(SessionTest, ARetiredConnectionStillGetsItsAnswers) {
  FakeServer server(loop_, [](const Words& words) {
    if (words[0] == "SET") return std::string("-READONLY\r\n");
    return words[0] == "GET" ? std::string() : Greet(words);
  });
  DirectClient client(loop_, To(server), 1);
  ASSERT_TRUE(Finish(client, client.Call(Command({"ROLE"}))).ok());
  const auto refused = Start(client.Call(Command({"SET", "k", "v"})));
  const auto behind = Start(client.Call(Command({"GET", "k"})));
  EXPECT_FALSE(Await(refused).ok());
  Advance(absl::Seconds(1));
  AwaitOutside([&] { return server.connections() == 2 && client.pending() == 1; });
  EXPECT_FALSE(behind->has_value());
  server.Send(Bulk("v"));
  EXPECT_EQ(*Await(behind), StringReply("v"));
}

}  // namespace
}  // namespace tokenbroker
