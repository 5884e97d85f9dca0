#include "client/tbctl/store_command.h"

#include <boost/json/parse.hpp>

#include "store/redis_keys.h"
#include "tests/client/store_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Command = Arguments::Command;

class StoreCommandTest : public StoreFixture {};

TEST_F(StoreCommandTest, MakesAStoreOnceAndShowsIt) {
  arguments_.shards = 8;
  EXPECT_EQ(Store(Command::kInitStore), ExitCode::kDone) << Err();
  const std::string made = Out();
  EXPECT_THAT(made, StartsWith("store "));
  EXPECT_THAT(made, HasSubstr(absl::StrCat(" in unix://", server_.unix_path(), "\n")));
  EXPECT_THAT(made, HasSubstr("  shards: 8\n"));
  EXPECT_THAT(made, HasSubstr("  schema: 1 (this tbctl writes 1)\n"));
  EXPECT_THAT(made, HasSubstr("  grants: none yet\n"));
  arguments_.shards = 64;
  EXPECT_EQ(Store(Command::kInitStore), ExitCode::kDone);
  EXPECT_EQ(Out(), made);
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kDone);
  EXPECT_EQ(Out(), made);
}

TEST_F(StoreCommandTest, CountsTheGrants) {
  InitStore();
  ASSERT_EQ(Put(PutKind::kLogin, 100).outcome, PutGrantAnswer::Outcome::kStored);
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kDone) << Err();
  EXPECT_THAT(Out(), HasSubstr("  grants of music: 1, revoked and deleted ones included\n"));
}

TEST_F(StoreCommandTest, ShowsTheStoreForPrograms) {
  InitStore();
  Put(PutKind::kLogin, 100);
  arguments_.json = true;
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kDone) << Err();
  const boost::json::value info = boost::json::parse(Out());
  EXPECT_EQ(info.at("shards"), 64);
  EXPECT_EQ(info.at("missing_shards"), 0);
  EXPECT_EQ(info.at("grants").at("music"), 1);
  EXPECT_TRUE(info.at("findings").is_array());
}

TEST_F(StoreCommandTest, PutsBackWhatSomebodyRemovedFromTheIndex) {
  InitStore();
  Put(PutKind::kLogin, 100);
  const int shard = ShardOf(SampleGrant(1).key, 64);
  EXPECT_EQ(Store(Command::kMendStore), ExitCode::kDone) << Err();
  EXPECT_EQ(Out(), "of 1 grants 0 had no entry in the index\n");
  server_.Command({"DEL", DueKey(shard, "music")});
  EXPECT_EQ(Store(Command::kMendStore), ExitCode::kDone) << Err();
  EXPECT_EQ(Out(), "of 1 grants 1 had no entry in the index, and have one now\n");
  EXPECT_EQ(server_.Command({"ZCARD", DueKey(shard, "music")}), "1");
  arguments_.json = true;
  EXPECT_EQ(Store(Command::kMendStore), ExitCode::kDone) << Err();
  EXPECT_EQ(Out(), "{\"grants\":1,\"added\":0}\n");
}

TEST_F(StoreCommandTest, SaysWhichRightIsMissingToMendTheIndex) {
  InitStore();
  server_.Command({"ACL", "SETUSER", "default", "-scan"});
  EXPECT_EQ(Store(Command::kMendStore), ExitCode::kOperatorMustAct);
  EXPECT_THAT(Err(), HasSubstr("NOPERM"));
  EXPECT_THAT(Err(), HasSubstr("give it +scan by ACL SETUSER"));
}

TEST_F(StoreCommandTest, SaysThatThereIsNoStore) {
  for (const Command command : {Command::kStoreInfo, Command::kUpgradeStore, Command::kMendStore}) {
    EXPECT_EQ(Store(command), ExitCode::kOperatorMustAct);
    EXPECT_EQ(Err(), "tbctl: there is no store here: `tbctl store init` makes one\n");
  }
}

TEST_F(StoreCommandTest, SaysThatAPartIsMissingAndMendsIt) {
  InitStore();
  server_.Command({"DEL", "tb:{3}:meta"});
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kOperatorMustAct);
  EXPECT_THAT(Err(), HasSubstr("1 shards have no meta and refuse everything"));
  EXPECT_EQ(Store(Command::kInitStore), ExitCode::kDone);
  EXPECT_THAT(Err(), Not(HasSubstr("no meta")));
}

TEST_F(StoreCommandTest, RaisesWhoMayWrite) {
  InitStore();
  server_.Command({"HSET", "tb:{0}:meta", "min_writer", "0"});
  EXPECT_EQ(Store(Command::kUpgradeStore), ExitCode::kDone) << Err();
  EXPECT_EQ(server_.Command({"HGET", "tb:{0}:meta", "min_writer"}), "0");
  arguments_.min_writer = 1;
  EXPECT_EQ(Store(Command::kUpgradeStore), ExitCode::kDone) << Err();
  EXPECT_EQ(server_.Command({"HGET", "tb:{0}:meta", "min_writer"}), "1");
  EXPECT_EQ(server_.Command({"HGET", "tb:{0}:meta", "schema"}), "1");
  arguments_.min_writer = 2;
  EXPECT_EQ(Store(Command::kUpgradeStore), ExitCode::kUsage);
  EXPECT_THAT(Err(), HasSubstr("this program knows version 1"));
}

TEST_F(StoreCommandTest, SaysThatTheStoreIsForNewerBrokers) {
  InitStore();
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kDone) << Err();
  server_.Command({"HSET", "tb:{7}:meta", "min_writer", "2"});
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kOperatorMustAct);
  EXPECT_THAT(Err(), HasSubstr("brokers of this version do not start on it"));
}

TEST_F(StoreCommandTest, TellsWhatIsWrongWithTheServer) {
  server_.Command({"CONFIG", "SET", "appendonly", "no"});
  InitStore();
  EXPECT_THAT(Err(), HasSubstr("tbctl: warning: "));
  EXPECT_THAT(Err(), HasSubstr("a restart loses every grant"));
  server_.Command({"CONFIG", "SET", "maxmemory", "1gb"});
  server_.Command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kOperatorMustAct);
  EXPECT_THAT(Err(), HasSubstr("set it to noeviction; no broker starts on it\n"));
}

TEST_F(StoreCommandTest, SaysThatRedisIsNotThere) {
  patience_ = absl::Milliseconds(300);
  server_.Kill();
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kTryLater);
  EXPECT_THAT(
      Err(), StartsWith(absl::StrCat("tbctl: unix://", server_.unix_path(), " does not answer: ")));
}

TEST_F(StoreCommandTest, DoesNotWaitForARedisThatIsSilent) {
  patience_ = absl::Milliseconds(300);
  server_.Pause();
  EXPECT_EQ(Store(Command::kInitStore), ExitCode::kTryLater);
  EXPECT_THAT(Err(), HasSubstr(" does not answer: "));
  server_.Continue();
  EXPECT_EQ(server_.Command({"EXISTS", "tb:{0}:meta"}), "0");
}

TEST_F(StoreCommandTest, SaysThatThePasswordIsWrong) {
  patience_ = absl::Milliseconds(300);
  server_.Command({"ACL", "SETUSER", "broker", "on", ">right", "~*", "&*", "+@all"});
  folder_.Write("password", "wrong");
  WriteConfig(absl::StrCat("redis://broker@127.0.0.1:", server_.port()),
              "    password_file: password\n");
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kTryLater);
  EXPECT_THAT(Err(), HasSubstr("WRONGPASS"));
  EXPECT_THAT(Err(), Not(HasSubstr("wrong\n")));
  folder_.Write("password", "right");
  EXPECT_EQ(Store(Command::kInitStore), ExitCode::kDone) << Err();
}

TEST_F(StoreCommandTest, SaysWhatIsWrongWithTheConfiguration) {
  WriteConfigText("  memory: {}\n");
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kUsage);
  EXPECT_THAT(Err(), HasSubstr("config.yaml: store.redis: is missing; name the Redis"));
  WriteConfigText("  redis: { uri: \"redis://127.0.0.1\", keyring_file: ring }\n");
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kUsage);
  EXPECT_THAT(Err(), HasSubstr("store.redis.spill_dir: is missing; name a folder"));
  arguments_.config_file = folder_.Path("elsewhere.yaml");
  EXPECT_EQ(Store(Command::kStoreInfo), ExitCode::kUsage);
  EXPECT_THAT(Err(), HasSubstr("elsewhere.yaml"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
