#include "config/caller_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

using testing::HasSubstr;

std::string Error(absl::string_view text) {
  return std::string(CallerPattern::Parse(text).status().message());
}

bool Matches(absl::string_view text, absl::string_view caller) {
  const absl::StatusOr<CallerPattern> pattern = CallerPattern::Parse(text);
  const absl::StatusOr<Caller> parsed = ParseCaller(caller);
  EXPECT_TRUE(pattern.ok()) << text << pattern.status();
  EXPECT_TRUE(parsed.ok()) << caller << parsed.status();
  return pattern.ok() && parsed.ok() && pattern->Matches(*parsed);
}

TEST(CallerPatternTest, AnExactNameMatchesItselfAlone) {
  const char* names[] = {"anonymous",         "spiffe://prod/a/b",      "spiffe://prod/a/c",
                         "spiffe://test/a/b", "spiffe://prod/a",        "dns:a.example",
                         "dns:b.example",     "serviceaccount:music/a", "serviceaccount:music/b"};
  for (const char* pattern : names) {
    for (const char* caller : names) {
      EXPECT_EQ(Matches(pattern, caller), std::string(pattern) == caller) << pattern << caller;
    }
  }
}

TEST(CallerPatternTest, AWildcardStaysWithinItsSegment) {
  EXPECT_TRUE(Matches("spiffe://prod/ns/*/sa/player", "spiffe://prod/ns/music/sa/player"));
  EXPECT_FALSE(Matches("spiffe://prod/ns/*/sa/player", "spiffe://prod/ns/a/b/sa/player"));
  EXPECT_FALSE(Matches("spiffe://prod/ns/*", "spiffe://prod/ns/music/sa"));
  EXPECT_FALSE(Matches("spiffe://prod/*/a", "spiffe://prod/a"));
  EXPECT_FALSE(Matches("spiffe://prod/a/*", "spiffe://prod/a"));
  EXPECT_FALSE(Matches("spiffe://prod/*", "spiffe://production/a"));
}

TEST(CallerPatternTest, AWildcardIsAtLeastOneCharacter) {
  EXPECT_TRUE(Matches("spiffe://prod/player-*", "spiffe://prod/player-1"));
  EXPECT_FALSE(Matches("spiffe://prod/player-*", "spiffe://prod/player-"));
  EXPECT_TRUE(Matches("spiffe://prod/a*b", "spiffe://prod/a.b"));
  EXPECT_FALSE(Matches("spiffe://prod/a*b", "spiffe://prod/ab"));
  EXPECT_FALSE(Matches("spiffe://prod/a*a", "spiffe://prod/a"))
      << "both ends are not one character";
}

TEST(CallerPatternTest, TakesOneWildcardInEverySegment) {
  EXPECT_TRUE(Matches("spiffe://prod/*/x-*/*-y", "spiffe://prod/1/x-2/3-y"));
  EXPECT_FALSE(Matches("spiffe://prod/*/x-*/*-y", "spiffe://prod/1/x-2/3-z"));
  EXPECT_THAT(Error("spiffe://prod/a*b*"), HasSubstr("has two '*' between two slashes"));
  EXPECT_THAT(Error("spiffe://prod/**"), HasSubstr("has two '*' between two slashes"));
}

TEST(CallerPatternTest, TheTrustDomainIsNoPattern) {
  EXPECT_THAT(Error("spiffe://*/a"), HasSubstr("has a '*' where none is taken"));
  EXPECT_THAT(Error("spiffe://pro*/a"), HasSubstr("has a '*' where none is taken"));
  EXPECT_THAT(Error("spiffe://*"), HasSubstr("has a '*' where none is taken"));
}

TEST(CallerPatternTest, MatchesServiceAccounts) {
  EXPECT_TRUE(Matches("serviceaccount:music/*", "serviceaccount:music/player"));
  EXPECT_FALSE(Matches("serviceaccount:music/*", "serviceaccount:other/player"));
  EXPECT_TRUE(Matches("serviceaccount:team-*/player-*", "serviceaccount:team-a/player-1"));
  EXPECT_FALSE(Matches("serviceaccount:*/*", "spiffe://prod/a"));
  EXPECT_THAT(Error("serviceaccount:*"), HasSubstr("has no service account's name"));
}

TEST(CallerPatternTest, DnsNamesAreExactInAnyCase) {
  EXPECT_TRUE(Matches("dns:A.example", "dns:a.Example"));
  EXPECT_EQ(CallerPattern::Parse("dns:A.example")->text(), "dns:a.example");
  EXPECT_THAT(Error("dns:*.example"), HasSubstr("has a '*' where none is taken"));
}

TEST(CallerPatternTest, RefusesAPatternForEverybody) {
  EXPECT_THAT(Error("*"), HasSubstr("there is no pattern for everybody"));
  EXPECT_THAT(Error("anonymous*"), HasSubstr("has a '*' where none is taken"));
}

TEST(CallerPatternTest, RefusesWhatNoCallerCanBeCalled) {
  EXPECT_THAT(Error("spiffe://prod/ns//*"), HasSubstr("has an empty path segment"));
  EXPECT_THAT(Error("spiffe://prod/ns/*/"), HasSubstr("has an empty path segment"));
  EXPECT_THAT(Error("spiffe://prod/../*"), HasSubstr("has the path segment . or .."));
  EXPECT_THAT(Error("spiffe://prod/%*"), HasSubstr("has a path with other characters"));
  EXPECT_THAT(Error("spiffe://prod"), HasSubstr("is a trust domain and no caller"));
  EXPECT_THAT(Error("serviceaccount:-*/a"), HasSubstr("has no Kubernetes namespace"));
  EXPECT_THAT(Error("players"), HasSubstr("is no caller; write anonymous"));
}

TEST(CallerPatternTest, KeepsItsTextAndIsEqualByIt) {
  EXPECT_EQ(CallerPattern::Parse("spiffe://prod/*/a")->text(), "spiffe://prod/*/a");
  EXPECT_EQ(*CallerPattern::Parse("dns:A"), *CallerPattern::Parse("dns:a"));
  EXPECT_FALSE(*CallerPattern::Parse("dns:a") == *CallerPattern::Parse("dns:b"));
}

}  // namespace
}  // namespace tokenbroker
