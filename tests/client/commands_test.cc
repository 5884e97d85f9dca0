#include "client/tbctl/commands.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <tokenbroker/rpc/v1/status.pb.h>

#include <sstream>
#include <thread>

#include "tests/client/http_browser.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FakeBroker : public v1::TokenBrokerService::Service {
 public:
  grpc::Status BuildLoginUri(grpc::ServerContext*, const v1::BuildLoginUriRequest* request,
                             v1::BuildLoginUriResponse* response) override {
    built = *request;
    response->set_login_uri("https://id.example/authorize?state=st-1");
    response->set_state("st-1");
    response->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + login_life));
    return build_status;
  }
  grpc::Status ExchangeCode(grpc::ServerContext*, const v1::ExchangeCodeRequest* request,
                            v1::ExchangeCodeResponse* response) override {
    exchanged = *request;
    response->mutable_grant()->set_provider("spotify");
    response->mutable_grant()->set_subject("user-42");
    response->mutable_token()->set_access_token("at-1");
    return exchange_status;
  }
  grpc::Status GetFreshToken(grpc::ServerContext*, const v1::GetFreshTokenRequest* request,
                             v1::GetFreshTokenResponse* response) override {
    asked = *request;
    response->mutable_token()->set_access_token("at-1");
    response->set_source(v1::GetFreshTokenResponse::SOURCE_CACHE);
    return token_status;
  }

  absl::Duration login_life = absl::Minutes(10);
  grpc::Status build_status, exchange_status, token_status;
  v1::BuildLoginUriRequest built;
  v1::ExchangeCodeRequest exchanged;
  v1::GetFreshTokenRequest asked;
};

grpc::Status FailureStatus(const std::string& reason, const std::string& message) {
  rpc::v1::ErrorInfo info;
  info.set_domain("tokenbroker");
  info.set_reason(reason);
  rpc::v1::Status details;
  google::protobuf::Any* const any = details.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any->set_value(info.SerializeAsString());
  return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, message, details.SerializeAsString());
}

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&broker_);
    server_ = builder.BuildAndStart();
    stub_ = v1::TokenBrokerService::NewStub(server_->InProcessChannel({}));
    grants_stub_ = v1::GrantAdminService::NewStub(server_->InProcessChannel({}));
    arguments_.provider = "spotify";
    arguments_.subject = "user-42";
    arguments_.tenant = "music";
  }
  ~CommandsTest() override {
    if (browser_.joinable()) browser_.join();
  }

  // The "browser" comes back at once, with `query`.
  ExitCode RunLogin(const std::string& query) {
    const Surroundings surroundings{
        *stub_, *grants_stub_, out_, err_, [this, query](const std::string& url) {
          opened_ = url;
          browser_ = std::thread([this, query] {
            page_ = HttpBrowser::Get(absl::StrCat(broker_.built.redirect_uri(), query));
          });
          return true;
        }};
    const ExitCode code = Login(arguments_, surroundings);
    if (browser_.joinable()) browser_.join();
    return code;
  }
  ExitCode RunToken() {
    return Token(arguments_, Surroundings{*stub_, *grants_stub_, out_, err_, nullptr});
  }

  FakeBroker broker_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::TokenBrokerService::Stub> stub_;
  std::unique_ptr<v1::GrantAdminService::Stub> grants_stub_;
  Arguments arguments_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::string opened_;
  std::string page_;
  std::thread browser_;
};

TEST_F(CommandsTest, LogsAUserIn) {
  arguments_.scopes = {"a", "b"};
  arguments_.redirect_path = "/back";
  EXPECT_EQ(RunLogin("?code=c&state=st-1"), ExitCode::kDone);

  EXPECT_EQ(broker_.built.tenant(), "music");
  EXPECT_EQ(broker_.built.provider(), "spotify");
  EXPECT_EQ(broker_.built.subject(), "user-42");
  EXPECT_THAT(broker_.built.scopes(), ElementsAre("a", "b"));
  EXPECT_THAT(broker_.built.redirect_uri(), StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(broker_.built.redirect_uri(), HasSubstr("/back"));
  EXPECT_EQ(opened_, "https://id.example/authorize?state=st-1");
  EXPECT_EQ(broker_.exchanged.callback_uri(), broker_.built.redirect_uri() + "?code=c&state=st-1");
  EXPECT_EQ(broker_.exchanged.browser_state(), "st-1");
  EXPECT_THAT(page_, HasSubstr("You are logged in"));
  EXPECT_THAT(out_.str(), HasSubstr("https://id.example/authorize?state=st-1\n"));
  EXPECT_THAT(out_.str(), HasSubstr("logged in: spotify / user-42"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("at-1")));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandsTest, ShowsTheBrowserAndTheTerminalWhyALoginFailed) {
  broker_.exchange_status =
      grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "<the user> said no");
  EXPECT_EQ(RunLogin("?error=access_denied&state=st-1"), ExitCode::kFailed);
  EXPECT_EQ(broker_.exchanged.callback_uri(),
            broker_.built.redirect_uri() + "?error=access_denied&state=st-1");
  EXPECT_THAT(page_, HasSubstr("The login failed"));
  EXPECT_THAT(page_, HasSubstr("&lt;the user&gt; said no."));
  EXPECT_THAT(err_.str(), HasSubstr("tbctl: <the user> said no\n"));
  EXPECT_EQ(out_.str().find("logged in:"), std::string::npos);
}

TEST_F(CommandsTest, TellsTheBrowserWhatTheUserCanDoAboutIt) {
  broker_.exchange_status = FailureStatus("LOGIN_DENIED", "the user refused");
  EXPECT_EQ(RunLogin("?error=access_denied&state=st-1"), ExitCode::kLoginNeeded);
  EXPECT_THAT(page_, HasSubstr("<h1>You said no</h1>"));
  EXPECT_THAT(page_, HasSubstr("What to do: the user said no; to ask again: tbctl --tenant music "
                               "login spotify --subject user-42"));
}

TEST_F(CommandsTest, ShowsAPageOfTheUsersOwn) {
  const TempFolder folder;
  arguments_.page_file = folder.Write("page.html", "<p>mine</p>");
  EXPECT_EQ(RunLogin("?code=c&state=st-1"), ExitCode::kDone);
  EXPECT_THAT(page_, HasSubstr("\r\n\r\n<p>mine</p>"));
  EXPECT_THAT(page_, HasSubstr("Content-Security-Policy: default-src 'none'; "));
}

TEST_F(CommandsTest, BeginsNoLoginWhoseOwnPageCannotBeShown) {
  arguments_.page_file = "/nowhere/page.html";
  EXPECT_EQ(RunLogin("?code=c&state=st-1"), ExitCode::kUsage);
  EXPECT_EQ(err_.str(),
            "tbctl: --page: the file '/nowhere/page.html' cannot be read: No such file "
            "or directory\n");
  EXPECT_EQ(broker_.built.provider(), "");
}

TEST_F(CommandsTest, WaitsForTheBrowserAsLongAsItWasTold) {
  arguments_.timeout = absl::ZeroDuration();
  arguments_.no_browser = true;
  EXPECT_EQ(RunLogin(""), ExitCode::kLoginNeeded);
  EXPECT_THAT(err_.str(), HasSubstr("nobody came back from the login page within 0\n"));
}

TEST_F(CommandsTest, DoesNotSendTheUserAnywhereWhenTheBrokerRefuses) {
  broker_.build_status = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not yours");
  EXPECT_EQ(RunLogin("?code=c&state=st-1"), ExitCode::kNotAllowed);
  EXPECT_EQ(opened_, "");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CommandsTest, GivesUpWhenTheLoginExpires) {
  broker_.login_life = -absl::Seconds(1);
  arguments_.no_browser = true;
  EXPECT_EQ(RunLogin("?code=c&state=st-1"), ExitCode::kLoginNeeded);
  EXPECT_EQ(opened_, "");
  EXPECT_THAT(err_.str(), HasSubstr("nobody came back"));
}

TEST_F(CommandsTest, PrintsTheTokenAlone) {
  arguments_.min_ttl = absl::Milliseconds(1500);
  EXPECT_EQ(RunToken(), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "at-1\n");
  EXPECT_EQ(broker_.asked.tenant(), "music");
  EXPECT_EQ(broker_.asked.min_ttl().seconds(), 1);
  EXPECT_EQ(broker_.asked.min_ttl().nanos(), 500'000'000);
}

TEST_F(CommandsTest, FailsWhenItsOutputIsLost) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(RunToken(), ExitCode::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("cannot be written"));
}

TEST_F(CommandsTest, LeavesMinTtlUnsetUnlessItIsGiven) {
  EXPECT_EQ(RunToken(), ExitCode::kDone);
  EXPECT_FALSE(broker_.asked.has_min_ttl());
}

TEST_F(CommandsTest, PrintsTheWholeAnswerAsJson) {
  arguments_.json = true;
  EXPECT_EQ(RunToken(), ExitCode::kDone);
  EXPECT_THAT(out_.str(), StartsWith("{"));
  EXPECT_THAT(out_.str(), HasSubstr("\"SOURCE_CACHE\""));
}

TEST_F(CommandsTest, PrintsNothingToPipeWhenThereIsNoToken) {
  broker_.token_status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the store is down");
  EXPECT_EQ(RunToken(), ExitCode::kTryLater);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("the store is down"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
