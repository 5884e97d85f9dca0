#include <absl/strings/str_split.h>

#include <boost/json/parse.hpp>

#include "tests/client/command_fixture.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Check = v1::CheckProviderResponse::Check;

class FakeProviders : public v1::ProviderService::Service {
 public:
  grpc::Status ListProviders(grpc::ServerContext*, const v1::ListProvidersRequest* request,
                             v1::ListProvidersResponse* response) override {
    v1::Provider* provider = response->add_providers();
    provider->set_client_id("client-1");
    if (request->page_token().empty()) {
      provider->set_name("films");
      provider->set_state(v1::Provider::STATE_ACTIVE);
      response->set_next_page_token("next");
    } else {
      provider->set_name("music");
      provider->set_issuer("https://id.example");
      provider->set_state(v1::Provider::STATE_FROZEN);
      provider->set_state_reason("PROVIDER_MISCONFIGURED");
    }
    return grpc::Status::OK;
  }
  grpc::Status CheckProvider(grpc::ServerContext*, const v1::CheckProviderRequest* request,
                             v1::CheckProviderResponse* response) override {
    if (request->provider() == "nobody") return {grpc::StatusCode::INVALID_ARGUMENT, "no such"};
    Add("discovery", Check::RESULT_PASSED, "", response);
    Add("tls", request->provider() == "broken" ? Check::RESULT_FAILED : Check::RESULT_SKIPPED,
        "mend it", response);
    return grpc::Status::OK;
  }

 private:
  static void Add(const char* name, Check::Result result, const char* detail,
                  v1::CheckProviderResponse* response) {
    Check* check = response->add_checks();
    check->set_name(name);
    check->set_result(result);
    check->set_detail(detail);
  }
};

class ProvidersCommandTest : public CommandFixture {
 protected:
  ProvidersCommandTest() { Serve({&fake_}); }
  FakeProviders fake_;
};

TEST_F(ProvidersCommandTest, ListsEveryPage) {
  EXPECT_EQ(Type(ListProviders, {"providers", "list"}), ExitCode::kDone) << err_.str();
  EXPECT_EQ(out_.str(),
            "NAME\tSTATE\tCLIENT ID\tISSUER\tTOKEN ENDPOINT\n"
            "films\tACTIVE\tclient-1\t-\t-\n"
            "music\tFROZEN (PROVIDER_MISCONFIGURED)\tclient-1\thttps://id.example\t-\n");
}

TEST_F(ProvidersCommandTest, ListsOneObjectALineForPrograms) {
  EXPECT_EQ(Type(ListProviders, {"providers", "list", "--json"}), ExitCode::kDone);
  const std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(boost::json::parse(lines[0]).at("name"), "films");
  EXPECT_EQ(boost::json::parse(lines[0]).at("issuer"), "") << "every field is there";
  EXPECT_EQ(boost::json::parse(lines[1]).at("state"), "STATE_FROZEN");
}

TEST_F(ProvidersCommandTest, ACheckThatFindsNothingIsDone) {
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "music"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "passed   discovery\nskipped  tls: mend it\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ProvidersCommandTest, ACheckThatFindsSomethingIsTheOperators) {
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "broken"}), ExitCode::kOperatorMustAct);
  EXPECT_THAT(out_.str(), HasSubstr("FAILED   tls: mend it\n"));
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "broken", "--json"}),
            ExitCode::kOperatorMustAct);
  const boost::json::value json = boost::json::parse(out_.str());
  EXPECT_EQ(json.at("checks").at(1).at("result"), "RESULT_FAILED");
  EXPECT_EQ(json.at("checks").at(1).at("detail"), "mend it");
}

TEST_F(ProvidersCommandTest, AFailureIsExplainedOrGivenAsJson) {
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "nobody"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("tbctl: no such\n"));
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "nobody", "--json"}), ExitCode::kUsage);
  EXPECT_EQ(out_.str(), "");
  const boost::json::value error = boost::json::parse(err_.str()).at("error");
  EXPECT_EQ(error.at("code"), "INVALID_ARGUMENT");
  EXPECT_EQ(error.at("message"), "no such");
  EXPECT_EQ(error.at("exit_code"), 2);
}

TEST_F(ProvidersCommandTest, ColoursAndProgressAreForTerminals) {
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "broken"}), ExitCode::kOperatorMustAct);
  EXPECT_THAT(out_.str() + err_.str(), Not(HasSubstr("\033")));
  terminal_ = {true, true};
  EXPECT_EQ(Type(CheckProvider, {"providers", "check", "broken"}), ExitCode::kOperatorMustAct);
  EXPECT_THAT(out_.str(), HasSubstr("\033[1;31mFAILED \033[0m  tls"));
  EXPECT_EQ(err_.str(), "checking broken ...\r\033[K");
  EXPECT_EQ(Type(ListProviders, {"providers", "list", "--json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), Not(HasSubstr("\033")));
}

TEST_F(ProvidersCommandTest, NeedsAProviderToCheck) {
  EXPECT_EQ(Type(CheckProvider, {"providers", "check"}), ExitCode::kUsage);
  EXPECT_EQ(Type(ListProviders, {"providers"}), ExitCode::kUsage);
}

}  // namespace
}  // namespace tokenbroker::tbctl
