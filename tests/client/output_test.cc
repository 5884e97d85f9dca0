#include "client/tbctl/output.h"

#include <tokenbroker/v1/token_broker.pb.h>

#include <boost/json/parse.hpp>

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(OutputTest, PrintsATokenAsJsonThatParses) {
  v1::GetFreshTokenResponse answer;
  answer.mutable_token()->set_access_token("at-\"1\"");
  answer.mutable_token()->set_generation(1'800'000'000'000);
  answer.mutable_token()->mutable_expire_time()->set_seconds(1'800'000'000);
  answer.mutable_token()->add_scopes("a");
  answer.set_source(v1::GetFreshTokenResponse::SOURCE_CACHE);
  const boost::json::value json = boost::json::parse(AsJson(answer));
  const boost::json::value& token = json.at("token");
  EXPECT_EQ(token.at("access_token"), "at-\"1\"");
  EXPECT_EQ(token.at("generation"), "1800000000000");
  EXPECT_EQ(token.at("expire_time"), "2027-01-15T08:00:00Z");
  EXPECT_EQ(token.at("scopes").at(0), "a");
  EXPECT_EQ(json.at("source"), "SOURCE_CACHE");
}

TEST(OutputTest, PrintsAGrantWithoutItsToken) {
  v1::ExchangeCodeResponse answer;
  v1::Grant* grant = answer.mutable_grant();
  grant->set_tenant("default");
  grant->set_provider("spotify");
  grant->set_subject("user-42");
  grant->mutable_account()->set_id("acc-1");
  grant->set_state(v1::GRANT_STATE_ACTIVE);
  grant->set_generation(7);
  grant->add_scopes("a");
  grant->add_scopes("b");
  grant->set_refreshable(true);
  grant->mutable_expire_time()->set_seconds(1'800'000'000);
  answer.mutable_token()->set_access_token("at-1");
  EXPECT_EQ(GrantAsText("logged in", answer.grant()),
            "logged in: spotify / user-42 (tenant default)\n"
            "  state: ACTIVE\n"
            "  account: acc-1\n"
            "  scopes: a b\n"
            "  generation: 7\n"
            "  refreshable: yes\n"
            "  token expires: 2027-01-15T08:00:00Z\n");
}

TEST(OutputTest, SaysWhyAGrantIsNotActiveAndWhatItsTokenLacks) {
  v1::ExchangeCodeResponse answer;
  answer.mutable_grant()->set_state(v1::GRANT_STATE_FROZEN);
  answer.mutable_grant()->set_state_reason("client_changed");
  answer.mutable_grant()->mutable_reauthorize_time()->set_seconds(1'800'000'000);
  const std::string text = GrantAsText("logged in", answer.grant());
  EXPECT_THAT(text, HasSubstr("state: FROZEN (client_changed)\n"));
  EXPECT_THAT(text, HasSubstr("refreshable: no"));
  EXPECT_THAT(text, HasSubstr("token expires: not known\n"));
  EXPECT_THAT(text, HasSubstr("log in again by: 2027-01-15T08:00:00Z\n"));
  EXPECT_THAT(text, Not(HasSubstr("account")));
}

TEST(OutputTest, ShowsAStateThatIsNewerThanItself) {
  v1::ExchangeCodeResponse answer;
  answer.mutable_grant()->set_state(static_cast<v1::GrantState>(99));
  EXPECT_THAT(GrantAsText("logged in", answer.grant()), HasSubstr("state: 99\n"));
}

}  // namespace
}  // namespace tokenbroker::tbctl
