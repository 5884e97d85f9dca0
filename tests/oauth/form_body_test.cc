#include "oauth/form_body.h"

#include "oauth/percent_encoding.h"

namespace tokenbroker {
namespace {

TEST(FormBodyTest, EncodesEveryValueOnce) {
  FormBody body;
  body.Add("grant_type", "refresh_token").Add("refresh_token", Secret("a b%2B&c=d"));
  EXPECT_EQ(body.Build().Expose(), "grant_type=refresh_token&refresh_token=a+b%252B%26c%3Dd");
}

TEST(FormBodyTest, IsReadBackByTheParser) {
  FormBody body;
  body.Add("x", "\xc3\xa9 +/=").Add("empty", "");
  EXPECT_THAT(*ParseForm(body.Build().Expose()),
              testing::ElementsAre(testing::Pair("x", "\xc3\xa9 +/="), testing::Pair("empty", "")));
}

TEST(FormBodyTest, NothingIsAnEmptyBody) { EXPECT_TRUE(FormBody().Build().empty()); }

}  // namespace
}  // namespace tokenbroker
