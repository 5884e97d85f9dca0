#include "http/http_client.h"

namespace tokenbroker {
namespace {

TEST(HttpResponseTest, FindsTheFirstHeaderOfAName) {
  HttpResponse response;
  response.headers = {{"retry-after", "5"}, {"date", ""}, {"retry-after", "7"}};
  EXPECT_EQ(response.Header("retry-after"), "5");
  EXPECT_EQ(response.Header("date"), "");
  EXPECT_EQ(response.Header("Retry-After"), absl::nullopt);
  EXPECT_EQ(response.Header("age"), absl::nullopt);
}

}  // namespace
}  // namespace tokenbroker
