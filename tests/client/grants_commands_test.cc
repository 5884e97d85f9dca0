#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <sstream>

#include "client/tbctl/commands.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FakeGrants : public v1::GrantAdminService::Service {
 public:
  grpc::Status ListGrants(grpc::ServerContext*, const v1::ListGrantsRequest* request,
                          v1::ListGrantsResponse* response) override {
    listed = *request;
    v1::Grant* grant = response->add_grants();
    grant->set_provider("spotify");
    grant->set_subject(request->page_token().empty() ? "first" : "second");
    grant->set_state(v1::GRANT_STATE_ACTIVE);
    if (request->page_token().empty()) response->set_next_page_token("next");
    return grpc::Status::OK;
  }
  grpc::Status GetGrant(grpc::ServerContext*, const v1::GetGrantRequest* request,
                        v1::GetGrantResponse* response) override {
    if (request->subject() == "nobody") return {grpc::StatusCode::NOT_FOUND, "no grant"};
    response->mutable_grant()->set_subject(request->subject());
    response->mutable_grant()->set_last_error("http_503");
    return grpc::Status::OK;
  }
  grpc::Status RefreshGrant(grpc::ServerContext*, const v1::RefreshGrantRequest* request,
                            v1::RefreshGrantResponse* response) override {
    response->mutable_grant()->set_subject(request->subject());
    return grpc::Status::OK;
  }
  grpc::Status RevokeGrant(grpc::ServerContext*, const v1::RevokeGrantRequest*,
                           v1::RevokeGrantResponse* response) override {
    response->set_revoked_at_provider(confirms);
    return grpc::Status::OK;
  }
  grpc::Status RevokeGrants(grpc::ServerContext*, const v1::RevokeGrantsRequest* request,
                            v1::RevokeGrantsResponse* response) override {
    revoked = *request;
    response->set_matched_count(3);
    response->set_revoked_count(request->dry_run() ? 0 : 3);
    return grpc::Status::OK;
  }
  grpc::Status DeleteGrant(grpc::ServerContext*, const v1::DeleteGrantRequest* request,
                           v1::DeleteGrantResponse*) override {
    deleted = *request;
    return grpc::Status::OK;
  }
  grpc::Status ImportGrant(grpc::ServerContext*, const v1::ImportGrantRequest* request,
                           v1::ImportGrantResponse* response) override {
    imported = *request;
    response->mutable_grant()->set_subject(request->subject());
    return grpc::Status::OK;
  }

  bool confirms = true;
  v1::ListGrantsRequest listed;
  v1::RevokeGrantsRequest revoked;
  v1::DeleteGrantRequest deleted;
  v1::ImportGrantRequest imported;
};

class GrantsCommandsTest : public ::testing::Test {
 protected:
  GrantsCommandsTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&fake_);
    server_ = builder.BuildAndStart();
    broker_ = v1::TokenBrokerService::NewStub(server_->InProcessChannel({}));
    grants_ = v1::GrantAdminService::NewStub(server_->InProcessChannel({}));
  }

  // As typed behind `tbctl grants`.
  ExitCode Type(std::vector<const char*> words) {
    words.insert(words.begin(), {"tbctl", "--tenant", "music", "grants"});
    const Parsed parsed = ParseArguments(static_cast<int>(words.size()), words.data(), out_, err_);
    if (!parsed.arguments) return parsed.exit_code;
    return Grants(*parsed.arguments, Surroundings{*broker_, *grants_, out_, err_, nullptr});
  }

  FakeGrants fake_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::TokenBrokerService::Stub> broker_;
  std::unique_ptr<v1::GrantAdminService::Stub> grants_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(GrantsCommandsTest, ListsEveryPage) {
  EXPECT_EQ(Type({"list", "--provider", "spotify", "--state", "frozen"}), ExitCode::kDone);
  EXPECT_EQ(fake_.listed.tenant(), "music");
  EXPECT_EQ(fake_.listed.provider(), "spotify");
  EXPECT_EQ(fake_.listed.state(), v1::GRANT_STATE_FROZEN);
  EXPECT_THAT(out_.str(), HasSubstr("SUBJECT"));
  EXPECT_THAT(out_.str(), HasSubstr("spotify\tfirst\tACTIVE"));
  EXPECT_THAT(out_.str(), HasSubstr("second"));
}

TEST_F(GrantsCommandsTest, ListsOneObjectALineForPrograms) {
  EXPECT_EQ(Type({"list", "--json"}), ExitCode::kDone);
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr("\"refreshable\":false"));
}

TEST_F(GrantsCommandsTest, EveryAnswerIsThereForPrograms) {
  EXPECT_EQ(Type({"revoke", "spotify", "--subject", "user-42", "--json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"revoked_at_provider\": true"));
  EXPECT_EQ(Type({"revoke-all", "--account", "alice", "--json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"matched_count\": \"3\""));
  EXPECT_EQ(Type({"delete", "spotify", "--subject", "user-42", "--json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("{}"));
}

TEST_F(GrantsCommandsTest, AStateThatThereIsNotIsAUsageError) {
  EXPECT_EQ(Type({"list", "--state", "lost"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--state"));
}

TEST_F(GrantsCommandsTest, ShowsOneGrant) {
  EXPECT_EQ(Type({"show", "spotify", "--subject", "user-42"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("user-42"));
  EXPECT_THAT(out_.str(), HasSubstr("last error: http_503"));
  EXPECT_EQ(Type({"show", "spotify", "--subject", "user-42", "--json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"last_error\": \"http_503\""));
}

TEST_F(GrantsCommandsTest, AFailureIsExplained) {
  EXPECT_NE(Type({"show", "spotify", "--subject", "nobody"}), ExitCode::kDone);
  EXPECT_THAT(err_.str(), HasSubstr("no grant"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(GrantsCommandsTest, RetriesAndDeletesTheOneThatIsNamed) {
  EXPECT_EQ(Type({"retry", "spotify", "--subject", "user-42"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("fresh: "));
  EXPECT_EQ(Type({"delete", "spotify", "--subject", "user-42"}), ExitCode::kDone);
  EXPECT_EQ(fake_.deleted.subject(), "user-42");
  EXPECT_EQ(Type({"delete", "spotify"}), ExitCode::kUsage);
}

TEST_F(GrantsCommandsTest, TellsWhetherTheProviderConfirmed) {
  EXPECT_EQ(Type({"revoke", "spotify", "--subject", "user-42"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("the provider has confirmed"));
  fake_.confirms = false;
  EXPECT_EQ(Type({"revoke", "spotify", "--subject", "user-42"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("has not confirmed"));
}

TEST_F(GrantsCommandsTest, RevokesManyOnlyWhenToldSo) {
  EXPECT_EQ(Type({"revoke-all", "--account", "alice"}), ExitCode::kDone);
  EXPECT_TRUE(fake_.revoked.dry_run());
  EXPECT_THAT(out_.str(), HasSubstr("3 grants match; --yes revokes them"));
  EXPECT_EQ(Type({"revoke-all", "--account", "alice", "--yes"}), ExitCode::kDone);
  EXPECT_FALSE(fake_.revoked.dry_run());
  EXPECT_EQ(fake_.revoked.account_id(), "alice");
  EXPECT_THAT(out_.str(), HasSubstr("revoked 3 of 3 grants"));
}

TEST_F(GrantsCommandsTest, ImportsATokenFromAFileAndShowsItNowhere) {
  const TempFolder folder;
  const std::string file = folder.Write("token", "a-refresh-token\r\n");
  EXPECT_EQ(Type({"import", "spotify", "--subject", "user-42", "--refresh-token-file", file.c_str(),
                  "--scope", "read"}),
            ExitCode::kDone);
  EXPECT_EQ(fake_.imported.refresh_token(), "a-refresh-token");
  EXPECT_EQ(fake_.imported.scopes(0), "read");
  EXPECT_THAT(out_.str() + err_.str(), Not(HasSubstr("a-refresh-token")));
}

TEST_F(GrantsCommandsTest, AFileThatCannotBeReadIsNamed) {
  EXPECT_EQ(Type({"import", "spotify", "--subject", "u", "--refresh-token-file", "/missing"}),
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("/missing"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
