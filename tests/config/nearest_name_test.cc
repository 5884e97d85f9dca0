#include "config/nearest_name.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

const std::vector<std::string>& Known() {
  static const auto& known =
      *new std::vector<std::string>{"client_id", "redirect_uris", "scopes", "GetGrant"};
  return known;
}

TEST(NearestNameTest, ForgivesSpelling) {
  EXPECT_EQ(NearestName("client_ids", Known()), "client_id");
  EXPECT_EQ(NearestName("clientId", Known()), "client_id");
  EXPECT_EQ(NearestName("redirect-uri", Known()), "redirect_uris");
  EXPECT_EQ(NearestName("getgrants", Known()), "GetGrant");
}

TEST(NearestNameTest, GuessesNothingFarFetched) {
  EXPECT_EQ(NearestName("timeout", Known()), "");
  EXPECT_EQ(NearestName("", Known()), "");
  EXPECT_EQ(NearestName(std::string(100, 'c'), Known()), "");
  EXPECT_EQ(NearestName("scopes", {}), "");
}

TEST(NearestNameTest, PlainIsLowerCaseWithoutSeparators) {
  EXPECT_EQ(PlainName("Client-Id_2"), "clientid2");
}

}  // namespace
}  // namespace tokenbroker
