#include "config/redis_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;

RedisUri Parsed(const std::string& text) {
  const absl::StatusOr<RedisUri> uri = ParseRedisUri(text);
  EXPECT_TRUE(uri.ok()) << text << ": " << uri.status();
  return uri.ok() ? *uri : RedisUri();
}
std::string Refusal(const std::string& text) {
  const absl::Status status = ParseRedisUri(text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(status.message());
}
std::vector<RedisHost> Endpoints(const std::string& text) { return Parsed(text).endpoints; }

using Hosts = std::vector<RedisHost>;

TEST(RedisUriTest, ReadsOneServer) {
  RedisUri expected;
  expected.endpoints = {{"redis.example", 6379}};
  EXPECT_EQ(Parsed("redis://redis.example"), expected);
  EXPECT_EQ(Parsed("REDIS://redis.example/"), expected);
  expected.endpoints[0].port = 7000;
  expected.database = 12;
  expected.user = "broker";
  expected.transport = RedisTransport::kTls;
  EXPECT_EQ(Parsed("rediss://broker@redis.example:7000/12"), expected);
}

TEST(RedisUriTest, ReadsAddressesAndPorts) {
  EXPECT_EQ(Endpoints("redis://127.0.0.1:1"), (Hosts{{"127.0.0.1", 1}}));
  EXPECT_EQ(Endpoints("redis://[::1]"), (Hosts{{"::1", 6379}}));
  EXPECT_EQ(Endpoints("redis://u@[fd00::2]:65535/0"), (Hosts{{"fd00::2", 65535}}));
}

TEST(RedisUriTest, ReadsASocketOfThisMachine) {
  RedisUri expected;
  expected.mode = RedisMode::kUnix;
  expected.socket_path = "/run/redis/r@1.sock";
  EXPECT_EQ(Parsed("unix:///run/redis/r@1.sock"), expected);
  expected.database = 3;
  EXPECT_EQ(Parsed("unix:///run/redis/r@1.sock?db=3"), expected);
  expected.socket_path = "/run/r.sock";
  expected.user = "broker";
  EXPECT_EQ(Parsed("unix://broker@/run/r.sock?db=3"), expected);
}

TEST(RedisUriTest, ReadsSentinels) {
  RedisUri expected;
  expected.mode = RedisMode::kSentinel;
  expected.endpoints = {{"h1", 26379}, {"h2", 1}, {"::1", 26379}};
  expected.sentinel_master = "my-master_1.a";
  EXPECT_EQ(Parsed("redis+sentinel://h1,h2:1,[::1]/my-master_1.a"), expected);
  EXPECT_EQ(Parsed("redis+sentinel://h1,h2:1,[::1]/my-master_1.a/"), expected);
  expected.database = 2;
  expected.user = "broker";
  expected.transport = RedisTransport::kTls;
  EXPECT_EQ(Parsed("rediss+sentinel://broker@h1,h2:1,[::1]/my-master_1.a/2"), expected);
}

TEST(RedisUriTest, ReadsAClusterWithItsOneDatabase) {
  RedisUri expected;
  expected.mode = RedisMode::kCluster;
  expected.endpoints = {{"h1", 6379}, {"h2", 7001}};
  EXPECT_EQ(Parsed("redis+cluster://h1,h2:7001"), expected);
  EXPECT_EQ(Parsed("redis+cluster://h1,h2:7001/0"), expected);
  expected.transport = RedisTransport::kTls;
  EXPECT_EQ(Parsed("rediss+cluster://h1,h2:7001/"), expected);
  EXPECT_THAT(Refusal("redis+cluster://h1/1"), HasSubstr("a cluster has no other"));
}

TEST(RedisUriTest, DecodesTheUsersName) {
  EXPECT_EQ(Parsed("redis://svc%3abroker%40x@h").user, "svc:broker@x");
  for (const char* text : {"redis://@h", "redis://a%@h", "redis://a%20b@h", "redis://a%00@h",
                           "redis://a%0a@h", "redis://a/b@h"}) {
    EXPECT_EQ(Refusal(text),
              "has no user's name before the '@'; write it, percent-encoded where needed");
  }
}

TEST(RedisUriTest, RefusesPasswordsAndNeverShowsThem) {
  for (const char* text :
       {"redis://:hunter2@h", "redis://u:hunter2@h:1/0", "rediss://u:hun@ter2@h",
        "redis://me@corp:hunter2@h", "redis://u:hunter2/@h", "redis+sentinel://u:hunter2@h1,h2/m",
        "redis+cluster://:hunter2@h", "unix://u:hunter2@/s", "unix:///s?db=0&password=hunter2",
        "redis://h/0?password=hunter2", "unix:///s?PASSWORD=hunter2"}) {
    EXPECT_EQ(Refusal(text),
              "carries a password; take it out, write it to a file and name that in password_file");
  }
  for (const char* text :
       {"hunter2", "hunter2://h", "redis://hunter2!", "redis://h:hunter2", "redis://h/hunter2",
        "redis://[hunter2]", "redis://h?hunter2", "redis+sentinel://h/hunter2!", "unix:hunter2",
        "unix://hunter2", "redis://hunter2,hunter3", "redis://hunter2!@h/x"}) {
    EXPECT_THAT(Refusal(text), Not(HasSubstr("hunter"))) << text;
  }
}

TEST(RedisUriTest, RefusesUnknownSchemes) {
  for (const char* text : {"", "redis", "redis:h", "localhost:6379", "http://h", "redis+tls://h",
                           "unix+tls:///s", "://h", " redis://h"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("begins with no scheme that is known; write redis://"));
  }
}

TEST(RedisUriTest, RefusesHostsThatAreNone) {
  for (const char* text : {"redis://", "redis:///0", "redis://:6379", "redis+cluster://h1,,h2",
                           "redis+sentinel://h1,/m"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("has no host")) << text;
  }
  for (const std::string& text :
       {std::string("redis://h h"), std::string("redis://h!"), std::string("redis://h;h2"),
        "redis://" + std::string(254, 'h')}) {
    EXPECT_THAT(Refusal(text), HasSubstr("has a host that is none")) << text;
  }
  for (const char* text : {"redis://[::1", "redis://[h]", "redis://[]", "redis://[1.2.3.4]:1"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("brackets without an IPv6 address")) << text;
  }
  EXPECT_THAT(Refusal("redis://fd00::1:6379"), HasSubstr("put an IPv6 address into brackets"));
  EXPECT_THAT(Refusal("redis://h1,h2"), HasSubstr("names several hosts; write redis+sentinel"));
}

TEST(RedisUriTest, RefusesPortsThatAreNone) {
  for (const char* text :
       {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:+1", "redis://h:1a",
        "redis://h:99999999999", "redis://[::1]1", "redis://[::1]:x"}) {
    EXPECT_EQ(Refusal(text), "has a port that is none; write host:6379") << text;
  }
}

TEST(RedisUriTest, RefusesDatabasesThatAreNone) {
  for (const char* text : {"redis://h/x", "redis://h/-1", "redis://h/0/1", "redis://h/99999999999",
                           "redis+sentinel://h/m/x", "unix:///s?db=", "unix:///s?db=1&a=b"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("has a database that is no number")) << text;
  }
}

TEST(RedisUriTest, WantsTheMastersName) {
  for (const char* text : {"redis+sentinel://h", "redis+sentinel://h/", "redis+sentinel://h//0",
                           "redis+sentinel://h/a%20b"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("names no master")) << text;
  }
}

TEST(RedisUriTest, RefusesSocketPathsThatAreNone) {
  for (const std::string& text : {std::string("unix://"), std::string("unix://run/r.sock"),
                                  "unix:///" + std::string(107, 'x')}) {
    EXPECT_THAT(Refusal(text), HasSubstr("has no absolute path of at most 107 bytes")) << text;
  }
  EXPECT_EQ(Parsed("unix:///" + std::string(106, 'x')).socket_path.size(), 107u);
  EXPECT_THAT(Refusal("unix:///s?x=1"), HasSubstr("a query other than ?db="));
  EXPECT_THAT(Refusal("unix:///s#f"), HasSubstr("a query other than ?db="));
}

TEST(RedisUriTest, RefusesQueriesAndFragments) {
  for (const char* text : {"redis://h?db=1", "redis://h/0#x", "redis+cluster://h?"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("has a query or a fragment")) << text;
  }
}

TEST(RedisUriTest, IsWrittenAsItWasRead) {
  for (const std::string text :
       {"redis://redis.example:6379", "rediss://broker@redis.example:7000/12", "redis://[::1]:6379",
        "unix:///run/redis.sock", "unix://broker@/run/redis.sock?db=3",
        "redis+sentinel://one:26379,two:26380/mymaster/2",
        "rediss+cluster://one:6379,[::2]:6380"}) {
    EXPECT_EQ(RedisUriText(Parsed(text)), text);
  }
}

}  // namespace
}  // namespace tokenbroker
