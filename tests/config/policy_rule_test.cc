#include "config/policy_rule.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

TEST(NameSetTest, HasItsNamesAndNoOthers) {
  const NameSet set{false, {"a", "b"}};
  EXPECT_TRUE(set.Has("a"));
  EXPECT_TRUE(set.Has("b"));
  EXPECT_FALSE(set.Has("c"));
  EXPECT_FALSE(set.Has(""));
  EXPECT_FALSE(NameSet().Has(""));
}

TEST(NameSetTest, AnyHasThemAll) { EXPECT_TRUE((NameSet{true, {}}.Has("c"))); }

TEST(PolicyRuleTest, NamesACallerThatAnyPatternMatches) {
  PolicyRule rule;
  EXPECT_FALSE(rule.Names(Caller()));
  rule.callers = {*CallerPattern::Parse("dns:a"), *CallerPattern::Parse("spiffe://prod/*")};
  EXPECT_TRUE(rule.Names(*DnsCaller("a")));
  EXPECT_TRUE(rule.Names(*SpiffeCaller("spiffe://prod/x")));
  EXPECT_FALSE(rule.Names(*SpiffeCaller("spiffe://test/x")));
  EXPECT_FALSE(rule.Names(Caller()));
}

TEST(PolicyRuleTest, MayBeForEveryCaller) {
  PolicyRule rule;
  rule.every_caller = true;
  EXPECT_TRUE(rule.Names(Caller()));
}

}  // namespace
}  // namespace tokenbroker
