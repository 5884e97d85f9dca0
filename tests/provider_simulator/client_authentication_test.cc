#include "tests/provider_simulator/client_authentication.h"

#include <gtest/gtest.h>

#include "tests/provider_simulator/provider_fixture.h"

namespace provider_simulator {
namespace {

const std::string kNasty = "p+s %&=:/ü\"<>#?";

std::string Outcome(
    const std::string& authorization, const Form& form,
    const std::set<ClientAuthentication>& accepted = Settings().client_authentication) {
  const std::map<std::string, Client> clients = {{"client", {"client", "secret", {}}},
                                                 {kNasty, {kNasty, kNasty, {}}},
                                                 {"public", {"public", "", {}}}};
  const auto result = AuthenticateClient(authorization, form, clients, accepted);
  if (const auto* error = std::get_if<OAuthError>(&result)) return error->error;
  return "ok " + std::get<Client>(result).id;
}

TEST(ClientAuthenticationTest, AcceptsEachMethod) {
  EXPECT_EQ(Outcome(BasicAuthorization("client", "secret"), {}), "ok client");
  EXPECT_EQ(Outcome("", {{"client_id", "client"}, {"client_secret", "secret"}}), "ok client");
  EXPECT_EQ(Outcome("", {{"client_id", "public"}}), "ok public");
}

TEST(ClientAuthenticationTest, BasicIsFormDecoded) {
  EXPECT_EQ(Outcome(BasicAuthorization(kNasty, kNasty), {}), "ok " + kNasty);
}

TEST(ClientAuthenticationTest, BasicThatWasNotFormEncodedIsRefused) {
  // base64 of "client:sec%ret": a percent sign that starts nothing.
  EXPECT_EQ(Outcome("Basic Y2xpZW50OnNlYyVyZXQ=", {}), "invalid_client");
}

TEST(ClientAuthenticationTest, RefusesWrongAndMissingSecrets) {
  EXPECT_EQ(Outcome(BasicAuthorization("client", "Secret"), {}), "invalid_client");
  EXPECT_EQ(Outcome("", {{"client_id", "client"}, {"client_secret", "wrong"}}), "invalid_client");
  EXPECT_EQ(Outcome("", {{"client_id", "client"}}), "invalid_client");
  EXPECT_EQ(Outcome("", {{"client_id", "nobody"}}), "invalid_client");
  EXPECT_EQ(Outcome("", {}), "invalid_client");
}

TEST(ClientAuthenticationTest, RefusesTwoMethodsAtOnce) {
  const std::string basic = BasicAuthorization("client", "secret");
  EXPECT_EQ(Outcome(basic, {{"client_id", "client"}, {"client_secret", "secret"}}),
            "invalid_request");
  EXPECT_EQ(Outcome(basic, {{"client_id", "public"}}), "invalid_request");
  EXPECT_EQ(Outcome(basic, {{"client_id", "client"}}), "ok client");
}

TEST(ClientAuthenticationTest, RefusesMethodsThatAreNotAccepted) {
  const Form post = {{"client_id", "client"}, {"client_secret", "secret"}};
  EXPECT_EQ(Outcome("", post, {ClientAuthentication::kBasic}), "invalid_client");
  EXPECT_EQ(Outcome("", post, {ClientAuthentication::kPost}), "ok client");
  EXPECT_EQ(Outcome("", {{"client_id", "public"}}, {ClientAuthentication::kPost}),
            "invalid_client");
}

TEST(ClientAuthenticationTest, RefusesMalformedHeaders) {
  for (const char* header : {"Basic", "Basic !!!!", "Basic Y2xpZW50", "Bearer x", "Basic Y2xp="}) {
    EXPECT_EQ(Outcome(header, {}), "invalid_client") << header;
  }
}

}  // namespace
}  // namespace provider_simulator
