#include "client/tbctl/completion.h"

#include "tests/client/command_fixture.h"
#include "tests/support/child_process.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;

class FakeProviders : public v1::ProviderService::Service {
 public:
  grpc::Status ListProviders(grpc::ServerContext*, const v1::ListProvidersRequest*,
                             v1::ListProvidersResponse* response) override {
    if (!end.ok()) return end;
    for (const char* name : {"films", "music"}) response->add_providers()->set_name(name);
    return grpc::Status::OK;
  }
  grpc::Status end = grpc::Status::OK;
};

// bash itself, with the program and a broker.
class CompletionTest : public CommandFixture {
 protected:
  CompletionTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&fake_);
    listening_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  // What bash offers for the last of the words.
  std::string Offered(const std::string& words) {
    const std::string tbctl = TBCTL_PROGRAM;
    ChildProcess bash({"/bin/bash", "--norc", "-c",
                       "export TBCTL_ADDRESS=" + address_ + "; source <(" + tbctl +
                           " completion bash); COMP_WORDS=(" + tbctl + " " + words +
                           "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tbctl; "
                           "echo \"<${COMPREPLY[*]}>\""});
    return bash.WaitForLine("<");
  }

  FakeProviders fake_;
  std::unique_ptr<grpc::Server> listening_;
  std::string address_;
};

TEST_F(CompletionTest, OffersCommands) {
  EXPECT_EQ(Offered("gr"), "<grants>");
  EXPECT_EQ(Offered("grants re"), "<retry revoke revoke-all>");
  EXPECT_EQ(Offered("--address x grants li"), "<list>");
}

TEST_F(CompletionTest, OffersTheFlagsOfTheCommandAndTheCommonOnes) {
  EXPECT_EQ(Offered("token spotify --min"), "<--min-ttl>");
  EXPECT_EQ(Offered("token spotify --addr"), "<--address>");
  EXPECT_EQ(Offered("grants list --min"), "<>");
}

TEST_F(CompletionTest, OffersTheWordsThatAnOptionTakes) {
  EXPECT_EQ(Offered("grants list --state fro"), "<frozen>");
  EXPECT_EQ(Offered("log-level d"), "<debug>");
}

TEST_F(CompletionTest, OffersTheProvidersThatTheBrokerHas) {
  EXPECT_EQ(Offered("token ''"), "<films music>");
  EXPECT_EQ(Offered("providers check mu"), "<music>");
  EXPECT_EQ(Offered("grants list --provider fi"), "<films>");
}

TEST_F(CompletionTest, OffersNoProvidersAndSaysNothingWhenThereIsNoBroker) {
  fake_.end = {grpc::StatusCode::PERMISSION_DENIED, "not yours"};
  EXPECT_EQ(Offered("token ''"), "<>");
}

TEST_F(CompletionTest, LeavesAProgramsOwnWordsToBash) {
  EXPECT_THAT(Offered("exec spotify --subject s -- bas"), HasSubstr("bash"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
