#include "redis/resolve.h"

#include "tests/redis/redis_test.h"

namespace tokenbroker {
namespace {

class ResolveTest : public RedisTest {
 protected:
  absl::StatusOr<std::vector<StreamAddress>> Find(RedisEndpoint endpoint) {
    return Await(Start(Resolve(&loop_, std::move(endpoint), In(absl::Seconds(1)))));
  }
};

TEST_F(ResolveTest, AddressesAndPathsNeedNobody) {
  for (const RedisEndpoint& endpoint : {RedisEndpoint{"127.0.0.1", 1, ""},
                                        RedisEndpoint{"::1", 1, ""}, RedisEndpoint{"", 0, "/s"}}) {
    const auto future = Start(Resolve(&loop_, endpoint, In(absl::Seconds(1))));
    ASSERT_TRUE(future->has_value());
    EXPECT_EQ((*future)->value().size(), 1u);
  }
}

TEST_F(ResolveTest, NamesAreLookedUp) {
  const auto found = Find({"localhost", 6379, ""});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->empty());
}

TEST_F(ResolveTest, WhatDoesNotExistIsUnavailable) {
  EXPECT_EQ(Find({"no such name", 6379, ""}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Find({"", 0, std::string(200, 'x')}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ResolveTest, ALookUpIsNotWaitedForBeyondTheDeadline) {
  const auto future = Start(Resolve(&loop_, {"localhost", 6379, ""}, clock_.SteadyNow()));
  ASSERT_TRUE(future->has_value());
  EXPECT_FALSE((*future)->ok());
}

TEST_F(ResolveTest, WhoComesAfterOneThatGaveUpTakesWhatItWaitedFor) {
  const auto late = Start(Resolve(&loop_, {"localhost", 6379, ""}, clock_.SteadyNow()));
  ASSERT_TRUE(late->has_value());
  std::vector<Future<absl::StatusOr<std::vector<StreamAddress>>>> others;
  for (int i = 0; i < 3; ++i) {
    others.push_back(Start(Resolve(&loop_, {"localhost", 6379, ""}, In(absl::Seconds(1)))));
  }
  for (const auto& other : others) {
    const auto found = Await(other);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_FALSE(found->empty());
  }
}

}  // namespace
}  // namespace tokenbroker
