#include "oauth/client_authentication.h"

#include <absl/strings/str_split.h>

#include "crypto/base64url.h"
#include "oauth/json.h"
#include "tests/support/signing_keys.h"

namespace tokenbroker {
namespace {

constexpr char kIssuer[] = "https://id.example";
constexpr char kTokenEndpoint[] = "https://id.example/token";
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class ClientAuthenticationTest : public testing::Test {
 protected:
  absl::Status Authenticate(ClientAuthentication how, const std::string& id,
                            const std::string& secret) {
    ProviderConfig config;
    config.client_id = id;
    config.client_authentication = how;
    config.signing_algorithm = JwsAlgorithm::kEs256;
    provider_.config = std::make_shared<const ProviderConfig>(config);
    return AuthenticateClient(provider_, Secret(secret), kNow, &request_, &body_);
  }
  // The claims of the assertion in a new request's body.
  boost::json::object Claims() {
    body_ = FormBody();
    EXPECT_TRUE(Authenticate(ClientAuthentication::kPrivateKeyJwt, "id", PemOf(TestEcKey())).ok());
    const std::string body(body_.Build().Expose());
    const std::string jwt = body.substr(body.find("&client_assertion=") + 18);
    return ParseJsonObject(*Base64UrlDecode(std::vector<std::string>(absl::StrSplit(jwt, '.'))[1]))
        .value();
  }

  ResolvedProvider provider_{nullptr, kIssuer, "", kTokenEndpoint, "", "", false};
  HttpRequest request_;
  FormBody body_;
};

TEST_F(ClientAuthenticationTest, BasicIsTheExampleOfRfc6749) {
  EXPECT_TRUE(Authenticate(ClientAuthentication::kBasic, "s6BhdRkqt3", "gX1fBat3bV").ok());
  ASSERT_EQ(request_.headers.size(), 1u);
  EXPECT_EQ(request_.headers[0].first, "Authorization");
  EXPECT_EQ(request_.headers[0].second.Expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
  EXPECT_TRUE(body_.Build().empty());
}

TEST_F(ClientAuthenticationTest, BasicEncodesIdAndSecretAsFormsFirst) {
  EXPECT_TRUE(Authenticate(ClientAuthentication::kBasic, "a:b c", "%+\xc3\xa9").ok());
  // base64("a%3Ab+c:%25%2B%C3%A9")
  EXPECT_EQ(request_.headers.at(0).second.Expose(), "Basic YSUzQWIrYzolMjUlMkIlQzMlQTk=");
}

TEST_F(ClientAuthenticationTest, PostPutsBothIntoTheBody) {
  EXPECT_TRUE(Authenticate(ClientAuthentication::kPost, "the id", "s&t").ok());
  EXPECT_TRUE(request_.headers.empty());
  EXPECT_EQ(body_.Build().Expose(), "client_id=the+id&client_secret=s%26t");
}

TEST_F(ClientAuthenticationTest, NoneNamesTheClientAndSendsNoSecret) {
  EXPECT_TRUE(Authenticate(ClientAuthentication::kNone, "id", "unused").ok());
  EXPECT_TRUE(request_.headers.empty());
  EXPECT_EQ(body_.Build().Expose(), "client_id=id");
}

TEST_F(ClientAuthenticationTest, AnAssertionGoesIntoTheBodyWithItsTypeAndTheClientsId) {
  EXPECT_TRUE(Authenticate(ClientAuthentication::kPrivateKeyJwt, "id", PemOf(TestEcKey())).ok());
  EXPECT_TRUE(request_.headers.empty());
  EXPECT_THAT(std::string(body_.Build().Expose()),
              testing::MatchesRegex("client_id=id&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth"
                                    "%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
                                    "[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+"));
}

TEST_F(ClientAuthenticationTest, AnAssertionIsForTheIssuerElseForTheTokenEndpoint) {
  EXPECT_EQ(Claims().at("aud"), kIssuer);
  provider_.issuer = "";
  EXPECT_EQ(Claims().at("aud"), kTokenEndpoint);
}

TEST_F(ClientAuthenticationTest, NoTwoAssertionsHaveTheSameId) {
  const std::string first(Claims().at("jti").as_string());
  EXPECT_EQ(Base64UrlDecode(first)->size(), 16u);
  EXPECT_NE(first, std::string(Claims().at("jti").as_string()));
}

TEST_F(ClientAuthenticationTest, WithoutAUsableKeyNothingIsAdded) {
  EXPECT_FALSE(Authenticate(ClientAuthentication::kPrivateKeyJwt, "id", "no key").ok());
  EXPECT_TRUE(body_.Build().empty());
}

}  // namespace
}  // namespace tokenbroker
