#include "oauth/client_authentication.h"

namespace tokenbroker {
namespace {

class ClientAuthenticationTest : public testing::Test {
 protected:
  void Authenticate(ClientAuthentication how, const std::string& id, const std::string& secret) {
    ProviderConfig config;
    config.client_id = id;
    config.client_authentication = how;
    AuthenticateClient(config, Secret(secret), &request_, &body_);
  }

  HttpRequest request_;
  FormBody body_;
};

TEST_F(ClientAuthenticationTest, BasicIsTheExampleOfRfc6749) {
  Authenticate(ClientAuthentication::kBasic, "s6BhdRkqt3", "gX1fBat3bV");
  ASSERT_EQ(request_.headers.size(), 1u);
  EXPECT_EQ(request_.headers[0].first, "Authorization");
  EXPECT_EQ(request_.headers[0].second.Expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
  EXPECT_TRUE(body_.Build().empty());
}

TEST_F(ClientAuthenticationTest, BasicEncodesIdAndSecretAsFormsFirst) {
  Authenticate(ClientAuthentication::kBasic, "a:b c", "%+\xc3\xa9");
  // base64("a%3Ab+c:%25%2B%C3%A9")
  EXPECT_EQ(request_.headers.at(0).second.Expose(), "Basic YSUzQWIrYzolMjUlMkIlQzMlQTk=");
}

TEST_F(ClientAuthenticationTest, PostPutsBothIntoTheBody) {
  Authenticate(ClientAuthentication::kPost, "the id", "s&t");
  EXPECT_TRUE(request_.headers.empty());
  EXPECT_EQ(body_.Build().Expose(), "client_id=the+id&client_secret=s%26t");
}

TEST_F(ClientAuthenticationTest, NoneNamesTheClientAndSendsNoSecret) {
  Authenticate(ClientAuthentication::kNone, "id", "unused");
  EXPECT_TRUE(request_.headers.empty());
  EXPECT_EQ(body_.Build().Expose(), "client_id=id");
}

}  // namespace
}  // namespace tokenbroker
