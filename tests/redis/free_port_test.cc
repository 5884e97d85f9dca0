// What the tests' servers are started on.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/redis_server.h"

namespace tokenbroker {
namespace {

TEST(FreePortTest, GivesNoneTwiceThoughNobodyListensYet) {
  std::set<int> given;
  for (int i = 0; i < 400; ++i) EXPECT_TRUE(given.insert(FreePort()).second);
}

}  // namespace
}  // namespace tokenbroker
