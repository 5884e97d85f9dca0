#include "tokenbroker/client/access_token.h"

#include <sstream>

namespace tokenbroker::client {
namespace {

AccessToken::Facts OfType(const std::string& type) {
  AccessToken::Facts facts;
  facts.type = type;
  return facts;
}

TEST(AccessTokenTest, GivesTheAuthorizationHeaderOfABearerTokenHoweverItIsSpelled) {
  for (const char* type : {"Bearer", "bearer", "BEARER"}) {
    const AccessToken token("abc.def", OfType(type));
    ASSERT_TRUE(token.AuthorizationHeader().ok());
    EXPECT_EQ(*token.AuthorizationHeader(), "Bearer abc.def");
    EXPECT_EQ(token.Expose(), "abc.def");
  }
}

TEST(AccessTokenTest, IsNotSentWhenItIsOfAnotherType) {
  for (const char* type : {"DPoP", "mac", "", "Bearer "}) {
    EXPECT_EQ(AccessToken("abc", OfType(type)).AuthorizationHeader().status().code(),
              absl::StatusCode::kFailedPrecondition)
        << type;
  }
}

TEST(AccessTokenTest, IsNotSentWhenItWouldBreakTheHeader) {
  for (const char* secret : {"", "a\r\nx: y", "a b", "caf\xC3\xA9"}) {
    EXPECT_FALSE(AccessToken(secret, OfType("Bearer")).AuthorizationHeader().ok()) << secret;
  }
}

TEST(AccessTokenTest, PrintsAsRedacted) {
  std::ostringstream out;
  out << AccessToken("abc", OfType("Bearer"));
  EXPECT_EQ(out.str(), "[redacted]");
}

}  // namespace
}  // namespace tokenbroker::client
