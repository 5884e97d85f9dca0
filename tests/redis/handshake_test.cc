#include "redis/handshake.h"

#include "redis/direct_client.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using Reply = absl::StatusOr<RedisReply>;

class HandshakeTest : public RedisTest {
 protected:
  HandshakeTest() {
    server_.Command({"ACL", "SETUSER", "broker", "on", ">first", "~tb:*", "+@all", "-lpush"});
    server_.Command({"CONFIG", "SET", "requirepass", "default-password"});
    server_.Login({"AUTH", "default-password"});
    options_.user = "broker";
    options_.password = [this] {
      ++asked_;
      return password_;
    };
  }
  Reply Do(DirectClient& client, std::vector<std::string> words) {
    return Finish(client, client.Call(Command(std::move(words), absl::Seconds(1))));
  }

  RedisServer server_;
  RedisOptions options_ = By(server_);
  absl::StatusOr<Secret> password_ = Secret("first");
  int asked_ = 0;
};

TEST_F(HandshakeTest, SaysWhoItIsAndWhichDatabase) {
  options_.database = 3;
  DirectClient client(loop_, options_, 1);
  EXPECT_EQ(*Do(client, {"SET", "tb:k", "v"}), StatusReply("OK"));
  EXPECT_THAT(server_.Command({"INFO", "keyspace"}), HasSubstr("db3:keys=1"));
  EXPECT_EQ(*Do(client, {"ACL", "WHOAMI"}), StringReply("broker"));
}

TEST_F(HandshakeTest, TheDefaultUserHasOnlyAPassword) {
  options_.user.clear();
  password_ = Secret("default-password");
  DirectClient client(loop_, options_, 1);
  EXPECT_EQ(*Do(client, {"ACL", "WHOAMI"}), StringReply("default"));
}

TEST_F(HandshakeTest, AWrongPasswordIsSaidAndNotQuoted) {
  password_ = Secret("wrong-password");
  DirectClient client(loop_, options_, 1);
  const Reply reply = Do(client, {"GET", "tb:k"});
  EXPECT_EQ(reply.status(), absl::UnavailableError("redis: GET: redis: AUTH: WRONGPASS"));
}

TEST_F(HandshakeTest, AnUnreadablePasswordIsSaid) {
  password_ = absl::UnavailableError("cannot read the file");
  DirectClient client(loop_, options_, 1);
  EXPECT_THAT(std::string(Do(client, {"GET", "tb:k"}).status().message()),
              HasSubstr("cannot read the file"));
}

TEST_F(HandshakeTest, AChangedPasswordIsAskedForAtTheNextConnection) {
  DirectClient client(loop_, options_, 1);
  EXPECT_TRUE(Do(client, {"GET", "tb:k"}).ok());
  server_.Command({"ACL", "SETUSER", "broker", "resetpass", ">second"});
  EXPECT_TRUE(Do(client, {"GET", "tb:k"}).ok());
  EXPECT_EQ(asked_, 1);
  server_.Command({"CLIENT", "KILL", "USER", "broker"});
  AwaitOutside([&] { return client.pending() == 0 && loop_.NextTimer(); });
  EXPECT_FALSE(Do(client, {"GET", "tb:k"}).ok());
  password_ = Secret("second");
  EXPECT_TRUE(Do(client, {"GET", "tb:k"}).ok());
}

TEST_F(HandshakeTest, WhatTheUserMayNotDoIsUnavailable) {
  DirectClient client(loop_, options_, 1);
  EXPECT_EQ(Do(client, {"LPUSH", "tb:k", "secret"}).status(),
            absl::UnavailableError("redis: LPUSH: NOPERM"));
  EXPECT_EQ(Do(client, {"GET", "elsewhere"}).status(),
            absl::UnavailableError("redis: GET: NOPERM"));
  EXPECT_TRUE(Do(client, {"GET", "tb:k"}).ok());
}

TEST_F(HandshakeTest, AUserWhoMayNotAskWhichServerItIsCannotConnect) {
  server_.Command({"ACL", "SETUSER", "broker", "-info"});
  DirectClient client(loop_, options_, 1);
  EXPECT_EQ(Do(client, {"GET", "tb:k"}).status(),
            absl::UnavailableError("redis: GET: redis: INFO: NOPERM"));
}

}  // namespace
}  // namespace tokenbroker
