#include "client/tbctl/spill_command.h"

#include <boost/json/parse.hpp>

#include "tests/client/store_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SpillCommandTest : public StoreFixture {
 protected:
  ExitCode List(absl::Time now = absl::Now()) {
    out_.str("");
    err_.str("");
    return ListSpill(arguments_, Surroundings(), now);
  }
};

TEST_F(SpillCommandTest, ShowsWhatWaitsAndNoToken) {
  Spill(SampleCommit(100));
  FinishExchangeRequest login;
  login.attempt = "fedcba9876543210";
  login.state = "the-state";
  login.record = SampleGrant(200);
  Spill(login);
  server_.Kill();
  EXPECT_EQ(List(absl::Now() + absl::Seconds(90)), ExitCode::kDone) << Err();
  EXPECT_THAT(Out(), HasSubstr("ATTEMPT                           KIND     AGE    KEY  GRANT\n"));
  EXPECT_THAT(Out(), HasSubstr("30313233343536373839616263646566  refresh  1m30s  new  music / "
                               "user-42 (tenant default)\n"));
  EXPECT_THAT(Out(), HasSubstr("66656463626139383736353433323130  login    "));
  for (const char* secret : {"access-101", "refresh-101", "access-200", "the-state"}) {
    EXPECT_THAT(Out(), Not(HasSubstr(secret)));
  }
  EXPECT_EQ(Err(), "");
}

TEST_F(SpillCommandTest, ListsOneObjectALineForPrograms) {
  Spill(SampleCommit(100));
  arguments_.json = true;
  EXPECT_EQ(List(absl::Now() + absl::Seconds(90)), ExitCode::kDone) << Err();
  const boost::json::value write = boost::json::parse(Out());
  EXPECT_EQ(write.at("kind"), "refresh");
  EXPECT_EQ(write.at("key_id"), "new");
  EXPECT_EQ(write.at("grant").at("subject"), "user-42");
  EXPECT_GE(write.at("age_seconds").to_number<int>(), 89);
}

TEST_F(SpillCommandTest, LooksAtAFolderThatABrokerUses) {
  const auto held = SpillFolder::Open(arguments_.spill_dir);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(List(), ExitCode::kDone) << Err();
  EXPECT_EQ(Out(), absl::StrCat("nothing waits in ", arguments_.spill_dir, "\n"));
}

TEST_F(SpillCommandTest, NamesWhatCannotBeOpenedAndItsKey) {
  const std::string name = Spill(SampleCommit(100));
  WriteKeyring({"another"});
  EXPECT_EQ(List(), ExitCode::kOperatorMustAct);
  EXPECT_EQ(Out(), "");
  EXPECT_THAT(Err(), HasSubstr(name + " cannot be opened: "));
  EXPECT_THAT(Err(), HasSubstr("the key new, which is not in the keyring"));
}

TEST_F(SpillCommandTest, SaysWhatItCannotRead) {
  arguments_.spill_dir = folder_.Path("elsewhere");
  EXPECT_EQ(List(), ExitCode::kUsage);
  EXPECT_THAT(Err(), HasSubstr("elsewhere: No such file"));
  std::filesystem::remove(KeyringPath());
  EXPECT_EQ(List(), ExitCode::kUsage);
  EXPECT_THAT(Err(), HasSubstr("store.redis.keyring_file: "));
}

}  // namespace
}  // namespace tokenbroker::tbctl
