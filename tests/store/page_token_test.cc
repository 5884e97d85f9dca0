#include "store/page_token.h"

#include <gtest/gtest.h>

#include "crypto/base64url.h"

namespace tokenbroker {
namespace {

TEST(PageTokenTest, NamesTheKeyItWasMadeOf) {
  const GrantKey key{"default", "spotify", "user-42/häuschen"};
  EXPECT_EQ(ParsePageToken(MakePageToken(key)), key);
  EXPECT_EQ(ParsePageToken(MakePageToken(GrantKey())), GrantKey());
}

TEST(PageTokenTest, RefusesEverythingElse) {
  for (const char* token : {"", "!", "a"}) EXPECT_EQ(ParsePageToken(token), absl::nullopt);
  for (const char* text : {"one", "one\ntwo", "one\ntwo\nthree\nfour"}) {
    EXPECT_EQ(ParsePageToken(Base64UrlEncode(text)), absl::nullopt);
  }
}

}  // namespace
}  // namespace tokenbroker
