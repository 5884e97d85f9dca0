#include <absl/strings/str_split.h>

#include <boost/json/parse.hpp>

#include "tests/client/command_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FakeWatch : public v1::TokenBrokerService::Service {
 public:
  grpc::Status WatchToken(grpc::ServerContext*, const v1::WatchTokenRequest* request,
                          grpc::ServerWriter<v1::WatchTokenResponse>* writer) override {
    asked = *request;
    v1::WatchTokenResponse token;
    token.mutable_token()->set_access_token("at-secret");
    token.mutable_token()->set_generation(7);
    token.mutable_token()->add_scopes("read");
    token.mutable_token()->mutable_expire_time()->set_seconds(1'800'000'000);
    writer->Write(token);
    v1::WatchTokenResponse status;
    status.mutable_status()->set_state(v1::GRANT_STATE_REVOKED);
    status.mutable_status()->set_state_reason("revoked");
    status.mutable_status()->set_generation(8);
    writer->Write(status);
    v1::WatchTokenResponse absent;
    absent.mutable_status()->set_state(v1::GRANT_STATE_ABSENT);
    writer->Write(absent);
    return end;
  }
  v1::WatchTokenRequest asked;
  grpc::Status end = grpc::Status::OK;
};

class WatchCommandTest : public CommandFixture {
 protected:
  WatchCommandTest() { Serve({&fake_}); }
  FakeWatch fake_;
};

TEST_F(WatchCommandTest, PrintsEachEventWithoutTheToken) {
  EXPECT_EQ(Type(Watch, {"watch", "spotify", "--subject", "user-42", "--known-generation", "6"}),
            ExitCode::kTryLater);
  EXPECT_EQ(out_.str(),
            "token: generation 7, expires 2027-01-15T08:00:00Z, scopes read\n"
            "state: REVOKED (revoked), generation 8\n"
            "state: ABSENT\n");
  EXPECT_THAT(err_.str(), HasSubstr("ended the stream"));
  EXPECT_EQ(fake_.asked.tenant(), "music");
  EXPECT_EQ(fake_.asked.provider(), "spotify");
  EXPECT_EQ(fake_.asked.subject(), "user-42");
  EXPECT_EQ(fake_.asked.known_generation(), 6);
}

TEST_F(WatchCommandTest, PrintsAnObjectALineForPrograms) {
  Type(Watch, {"watch", "spotify", "--subject", "user-42", "--json"});
  EXPECT_THAT(out_.str(), Not(HasSubstr("at-secret")));
  const std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(boost::json::parse(lines[0]).at("token").at("generation"), "7");
  EXPECT_EQ(boost::json::parse(lines[1]).at("status").at("state"), "GRANT_STATE_REVOKED");
}

TEST_F(WatchCommandTest, ShowsTokensWhenAsked) {
  Type(Watch, {"watch", "spotify", "--subject", "user-42", "--show-tokens"});
  EXPECT_THAT(out_.str(), HasSubstr("at-secret"));
  Type(Watch, {"watch", "spotify", "--subject", "user-42", "--show-tokens", "--json"});
  EXPECT_THAT(out_.str(), HasSubstr("\"access_token\":\"at-secret\""));
}

TEST_F(WatchCommandTest, AStreamThatFailsIsExplained) {
  fake_.end = {grpc::StatusCode::PERMISSION_DENIED, "not yours"};
  EXPECT_EQ(Type(Watch, {"watch", "spotify", "--subject", "user-42"}), ExitCode::kNotAllowed);
  EXPECT_THAT(err_.str(), HasSubstr("tbctl: not yours"));
}

TEST_F(WatchCommandTest, EndsWhenItsOutputIsLost) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Type(Watch, {"watch", "spotify", "--subject", "user-42"}), ExitCode::kFailed);
}

}  // namespace
}  // namespace tokenbroker::tbctl
