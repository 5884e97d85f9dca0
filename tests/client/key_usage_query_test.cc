#include "client/tbctl/key_usage_query.h"

#include <thread>

#include "store/change_message.h"
#include "tests/client/store_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;

class KeyUsageQueryTest : public StoreFixture {
 protected:
  absl::StatusOr<KeyUsage> Ask(const std::string& key_id) {
    return AskKeyUsage(arguments_.config_file, key_id, {patience_, absl::Milliseconds(50)});
  }
};

TEST_F(KeyUsageQueryTest, CountsTheGrantsThatAKeySeals) {
  InitStore();
  WriteKeyring({"old"});
  Put(PutKind::kLogin, 100);
  WriteKeyring({"old", "new"});
  const auto old_key = Ask("old");
  ASSERT_TRUE(old_key.ok()) << old_key.status();
  EXPECT_EQ(old_key->grants, 1);
  EXPECT_FALSE(old_key->spilled);
  Put(PutKind::kLogin, 200);
  EXPECT_EQ(Ask("old")->grants, 0);
  EXPECT_FALSE(Ask("old")->seals);
  EXPECT_EQ(Ask("new")->grants, 1);
}

TEST_F(KeyUsageQueryTest, KnowsTheKeyThatTheBrokersSealWith) {
  InitStore();
  EXPECT_TRUE(Ask("new")->seals);
  EXPECT_FALSE(Ask("old")->seals);
  EXPECT_FALSE(Ask("unknown")->seals);
}

TEST_F(KeyUsageQueryTest, HearsWhichKeysTheBrokersSpillsNeed) {
  InitStore();
  // A broker's heartbeat, until it has been heard.
  std::jthread broker([this](std::stop_token stop) {
    RedisServer& server = server_;
    const std::string beat = HeartbeatText({"broker-1", 1, {"old"}});
    while (!stop.stop_requested()) {
      server.Command({"PUBLISH", std::string(kChangedChannel), beat});
      std::this_thread::yield();
    }
  });
  const auto usage = Ask("old");
  ASSERT_TRUE(usage.ok()) << usage.status();
  EXPECT_TRUE(usage->spilled);
  EXPECT_EQ(usage->grants, 0);
  EXPECT_FALSE(Ask("new")->spilled);
}

TEST_F(KeyUsageQueryTest, SaysWhenTheHeartbeatsCannotBeHeard) {
  InitStore();
  patience_ = absl::Milliseconds(300);
  server_.Command({"ACL", "SETUSER", "default", "-subscribe"});
  const absl::Status status = Ask("old").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("heartbeats cannot be heard"));
}

TEST_F(KeyUsageQueryTest, SaysWhenItCannotKnow) {
  EXPECT_EQ(Ask("old").status().code(), absl::StatusCode::kFailedPrecondition);
  InitStore();
  server_.Command({"DEL", "tb:{7}:meta"});
  EXPECT_EQ(Ask("old").status().code(), absl::StatusCode::kFailedPrecondition);
  patience_ = absl::Milliseconds(300);
  server_.Kill();
  EXPECT_EQ(Ask("old").status().code(), absl::StatusCode::kUnavailable);
  WriteConfigText("  memory: {}\n");
  EXPECT_EQ(Ask("old").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tokenbroker::tbctl
