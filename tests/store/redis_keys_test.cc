#include "store/redis_keys.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

namespace tokenbroker {
namespace {

// Where records lie in databases that exist: these numbers may never change.
TEST(RedisKeysTest, AGrantLiesInTheSameShardForEver) {
  EXPECT_EQ(ShardOf({"default", "spotify", "user-42/home"}, 64), 0);
  EXPECT_EQ(ShardOf({"default", "spotify", "user-42/work"}, 64), 14);
  EXPECT_EQ(ShardOf({"", "", ""}, 64), 5);
  EXPECT_EQ(ShardOf({"t", "p", "\xc3\xa9"}, 1000), 493);
}

TEST(RedisKeysTest, PartsThatJoinAlikeAreToldApart) {
  EXPECT_NE(ShardOf({"ab", "c", "d"}, 1 << 20), ShardOf({"a", "bc", "d"}, 1 << 20));
}

TEST(RedisKeysTest, GrantsAreSpreadEvenlyOverTheShards) {
  std::vector<int> counts(kDefaultShards);
  for (int i = 0; i < 64'000; ++i) {
    ++counts[static_cast<size_t>(
        ShardOf({"default", "spotify", absl::StrCat("user-", i)}, kDefaultShards))];
  }
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 850);
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 1'150);
}

TEST(RedisKeysTest, EveryKeyOfAShardHasItsHashTag) {
  const GrantKey key{"default", "my provider", "user-42/home"};
  EXPECT_EQ(MetaKey(5), "tb:{5}:meta");
  EXPECT_EQ(GrantRedisKey(5, key), "tb:{5}:grant:default:my%20provider:user-42%2Fhome");
  EXPECT_EQ(DueKey(5, key.provider), "tb:{5}:due:my%20provider");
  EXPECT_EQ(ProvidersKey(5), "tb:{5}:providers");
  EXPECT_EQ(BarrierKey(5), "tb:{5}:barrier");
  EXPECT_EQ(ProviderKey(key.provider), "tb:provider:my%20provider");
}

TEST(RedisKeysTest, ALoginsKeyHoldsTheHashOfItsState) {
  const std::string key = LoginKey(5, "5.secret-state");
  EXPECT_EQ(key.size(), std::string("tb:{5}:login:").size() + 43);
  EXPECT_EQ(key.find("secret"), std::string::npos);
}

TEST(RedisKeysTest, AMemberIsReadBackWhateverIsInItsParts) {
  for (const char* subject :
       {"user-42/home", "a:b", "100%", "%41", "\xc3\xa9\xe2\x82\xac", "{1}"}) {
    const GrantKey key{"t:1", "p", subject};
    EXPECT_EQ(ParseMember(MemberOf(key)), key) << subject;
    EXPECT_EQ(MemberOf(key).find_first_of("{}"), std::string::npos);
  }
}

TEST(RedisKeysTest, WhatIsNoMemberIsNotRead) {
  for (const char* text :
       {"", "a:b", "a:b:c:d", "a:b:c%", "a:b:c%4", "a:b:c%zz", "a:b:%41", "a:b: "}) {
    EXPECT_FALSE(ParseMember(text).has_value()) << text;
  }
}

TEST(RedisKeysTest, AStateSaysItsShard) {
  EXPECT_EQ(ShardOfState(StatePrefixOf(63) + "random", 64), 63);
  for (const char* state : {"", "random", ".x", "64.x", "-1.x", "05.x", "+5.x", "5"}) {
    EXPECT_FALSE(ShardOfState(state, 64).has_value()) << state;
  }
}

}  // namespace
}  // namespace tokenbroker
