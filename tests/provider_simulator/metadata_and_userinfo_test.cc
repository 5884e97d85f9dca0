#include <gtest/gtest.h>

#include <boost/json/value.hpp>

#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

class MetadataAndUserinfoTest : public ProviderTest {};

TEST_F(MetadataAndUserinfoTest, MetadataIsServedAtBothPlaces) {
  const HttpReply openid = Get("/.well-known/openid-configuration");
  EXPECT_EQ(Get("/.well-known/oauth-authorization-server").body, openid.body);
  const auto metadata = JsonOf(openid.body);
  EXPECT_EQ(Member(metadata, "issuer"), provider_.issuer());
  EXPECT_EQ(Member(metadata, "authorization_endpoint"), provider_.authorization_endpoint());
  EXPECT_EQ(Member(metadata, "token_endpoint"), provider_.token_endpoint());
  EXPECT_EQ(Member(metadata, "userinfo_endpoint"), provider_.userinfo_endpoint());
  EXPECT_EQ(Member(metadata, "revocation_endpoint"), provider_.revocation_endpoint());
  EXPECT_EQ(metadata.at("code_challenge_methods_supported"), boost::json::value{"S256"});
  EXPECT_EQ(metadata.at("authorization_response_iss_parameter_supported"),
            boost::json::value(true));
}

TEST_F(MetadataAndUserinfoTest, MetadataFollowsTheSettings) {
  provider_.Configure([](Settings& s) {
    s.announce_iss = false;
    s.client_authentication = {ClientAuthentication::kPost};
  });
  const auto metadata = JsonOf(Get("/.well-known/openid-configuration").body);
  EXPECT_EQ(metadata.at("authorization_response_iss_parameter_supported"),
            boost::json::value(false));
  EXPECT_EQ(metadata.at("token_endpoint_auth_methods_supported"),
            boost::json::value{"client_secret_post"});
}

TEST_F(MetadataAndUserinfoTest, TheKeySetIsEmpty) {
  EXPECT_EQ(Get("/jwks").body, R"({"keys":[]})");
}

TEST_F(MetadataAndUserinfoTest, UsersHaveDistinctAccounts) {
  const std::string alice = "Bearer " + Member(LogIn("alice"), "access_token");
  const std::string bob = "Bearer " + Member(LogIn("bob"), "access_token");
  EXPECT_EQ(Member(JsonOf(Get("/userinfo", alice).body), "sub"), "account-alice");
  EXPECT_EQ(Member(JsonOf(Get("/userinfo", bob).body), "sub"), "account-bob");
  EXPECT_EQ(Member(JsonOf(Get("/v1/me", bob).body), "id"), "account-bob");
}

TEST_F(MetadataAndUserinfoTest, UserinfoWantsAGoodToken) {
  const std::string bearer = "Bearer " + Member(LogIn(), "access_token");
  EXPECT_EQ(Get("/v1/me").status, 401);
  EXPECT_EQ(Get("/userinfo", "Bearer at-invented").status, 401);
  EXPECT_EQ(Get("/userinfo", bearer).status, 200);
  now_ += absl::Hours(1);
  const HttpReply reply = Get("/userinfo", bearer);
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(HeaderOf(reply, "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
}

TEST_F(MetadataAndUserinfoTest, UnknownPathsAreNotFound) { EXPECT_EQ(Get("/nothing").status, 404); }

}  // namespace
}  // namespace provider_simulator
