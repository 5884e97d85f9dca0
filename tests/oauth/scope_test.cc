#include "oauth/scope.h"

#include "token/refusal.h"

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;

TEST(ScopeTest, TakesTheCharactersOfRfc6749) {
  EXPECT_TRUE(IsScopeToken("playlist-read-private"));
  EXPECT_TRUE(IsScopeToken("https://www.googleapis.com/auth/drive.readonly"));
  EXPECT_TRUE(IsScopeToken("!#[]~"));
}

TEST(ScopeTest, RefusesEveryOtherCharacter) {
  for (const char* text : {"", "a b", "a\"b", "a\\b", "a\tb", "a\x7f", "caf\xc3\xa9"}) {
    EXPECT_FALSE(IsScopeToken(text)) << text;
  }
  EXPECT_FALSE(IsScopeToken(absl::string_view("a\0b", 3)));
}

TEST(ScopeTest, NamesThePlaceOfABadScopeAndNotItsText) {
  const absl::Status status = ValidateScopes({"fine", "not fine"}, ScopeSeparator::kSpace);
  ASSERT_TRUE(RefusalOf(status).has_value());
  EXPECT_EQ(RefusalOf(status)->reason, Reason::kScopeInvalid);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("scopes[1]"));
  EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("not fine")));
  EXPECT_TRUE(ValidateScopes({"fine,too"}, ScopeSeparator::kSpace).ok());
}

TEST(ScopeTest, AUnionKeepsTheOrderOfFirstMention) {
  EXPECT_THAT(UnionOfScopes({"b", "a", "b"}, {"c", "a"}), ElementsAre("b", "a", "c"));
}

TEST(ScopeTest, OnlyOpenidAsksForAnIdToken) {
  EXPECT_TRUE(AsksForOpenId({"email", "openid"}));
  EXPECT_FALSE(AsksForOpenId({"email", "openid2"}));
}

}  // namespace
}  // namespace tokenbroker
