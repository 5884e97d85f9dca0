// The store as the Redis user of deploy/redis/broker.acl, which may do no more than it needs.
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

#include <fstream>

#include "store/store_admin.h"
#include "tests/store/contract_fixture.h"
#include "tests/store/grant_store_contract.h"
#include "tests/store/login_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPassword[] = "of-the-broker";

void MakeUser(RedisServer& server) {
  std::ifstream file(std::string(TB_SOURCE_DIR) + "/deploy/redis/broker.acl");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  std::vector<std::string> words = absl::StrSplit(line, ' ');
  ASSERT_EQ(words[0], "user");
  words[0] = "SETUSER";
  words.insert(words.begin(), "ACL");
  words.push_back(std::string(">") + kPassword);
  // The clock of the tests reads a key, where that of the store calls TIME.
  words.push_back("(+get ~{*}:clock)");
  EXPECT_EQ(server.Command(words), "OK");
}

std::shared_ptr<RedisServer> ServerWithUser() {
  static const auto server = [] {
    auto made = std::make_shared<RedisServer>(std::vector<std::string>{"--appendonly", "yes"});
    MakeUser(*made);
    return made;
  }();
  return server;
}

// What the suites see is what that user can do.
class AclUnderTest : public RedisUnderTest {
 public:
  AclUnderTest(Loop& loop, SimulatedClock& clock)
      : RedisUnderTest(loop, clock, ServerWithUser()),
        broker_(AddReplica({.user = "broker", .password = kPassword})) {}

  RedisReplica& broker() { return broker_; }
  GrantStore& grants() override { return broker_.store; }
  LoginStore& logins() override { return broker_.store; }
  void Inject(StoreVerb verb, StoreFault fault) override { broker_.client.Inject(verb, fault); }
  void CutSubscription() override { broker_.client.Cut(); }
  void RestoreSubscription() override { broker_.client.Restore(); }

 private:
  RedisReplica& broker_;
};

StoreParam AclRedis() {
  return {"Acl", [](Loop& loop, SimulatedClock& clock) {
            return std::make_unique<AclUnderTest>(loop, clock);
          }};
}

INSTANTIATE_TEST_SUITE_P(Acl, GrantStoreContract, ::testing::Values(AclRedis()));
INSTANTIATE_TEST_SUITE_P(Acl, LoginStoreContract, ::testing::Values(AclRedis()));

class RedisAclTest : public StoreContract {
 protected:
  AclUnderTest& acl() { return static_cast<AclUnderTest&>(*store_); }
  RedisServer& server() { return acl().server(); }
  std::string Try(std::vector<std::string> words) {
    words.insert(words.begin(), {"ACL", "DRYRUN", "broker"});
    return server().Command(words);
  }
};
INSTANTIATE_TEST_SUITE_P(Redis, RedisAclTest, ::testing::Values(AclRedis()));

TEST_P(RedisAclTest, TheBrokersUserMakesAndLooksAfterAStore) {
  server().Command({"FLUSHALL"});
  StoreAdmin admin(acl().broker().store.parts().link);
  ASSERT_TRUE(Do(admin.Init(4)).ok());
  EXPECT_TRUE(Do(admin.Upgrade(kStoreSchema, kStoreSchema)).ok());
  EXPECT_TRUE(Do(admin.MayStart()).ok());
  EXPECT_THAT(Do(admin.CheckServers(0)), IsEmpty());
  EXPECT_EQ(Do(acl().broker().store.CountKeyUsage()).outcome, KeyUsageAnswer::Outcome::kOk);
}

TEST_P(RedisAclTest, TheBrokersUserCountsGrantsAndMendsTheIndex) {
  LogIn();
  StoreAdmin admin(acl().broker().store.parts().link);
  const auto info = Do(admin.Info());
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->grants.at(key_.provider), 1);
  server().Command({"DEL", acl().RecordOf(key_)});
  EXPECT_EQ(Do(acl().broker().store.CountKeyUsage()).outcome, KeyUsageAnswer::Outcome::kOk);
  EXPECT_EQ(server().Command({"EXISTS", DueKey(ShardOf(key_, kDefaultShards), key_.provider)}),
            "0");
}

TEST_P(RedisAclTest, NothingThatTheStoreDoesIsDenied) {
  server().Command({"ACL", "LOG", "RESET"});
  ChangeRecorder changes;
  acl().broker().store.Subscribe(&changes);
  LogIn();
  Advance(absl::Seconds(3));
  EXPECT_EQ(changes.connections, 1);
  EXPECT_EQ(server().Command({"ACL", "LOG"}), "");
}

TEST_P(RedisAclTest, TheBrokersUserMayReadTheTimeWaitForReplicasAndFindPrimaries) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"WAIT", "1", "100"},
                                             {"SET", "tb:{1}:barrier", "1"},
                                             {"TIME"},
                                             {"SELECT", "3"},
                                             {"ROLE"},
                                             {"ASKING"},
                                             {"CLUSTER", "SLOTS"}}) {
    EXPECT_EQ(Try(words), "OK") << words[0];
  }
}

TEST_P(RedisAclTest, TheBrokersUserMayNotTouchWhatIsNotTheBrokers) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"HGETALL", "other:key"},
                                             {"PUBLISH", "other", "x"},
                                             {"FLUSHALL"},
                                             {"KEYS", "*"},
                                             {"SCAN", "0"},
                                             {"CONFIG", "GET", "requirepass"},
                                             {"SCRIPT", "FLUSH"},
                                             {"CLUSTER", "RESET"},
                                             {"ACL", "LIST"},
                                             {"SHUTDOWN"}}) {
    EXPECT_THAT(Try(words), Not(HasSubstr("OK"))) << words[0];
  }
}

}  // namespace
}  // namespace tokenbroker
