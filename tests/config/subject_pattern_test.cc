#include "config/subject_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tokenbroker {
namespace {

using testing::HasSubstr;

std::string Error(absl::string_view text) {
  return std::string(SubjectPattern::Parse(text).status().message());
}

bool Matches(absl::string_view text, absl::string_view subject,
             const Caller& caller = *DnsCaller("player")) {
  const absl::StatusOr<SubjectPattern> pattern = SubjectPattern::Parse(text);
  EXPECT_TRUE(pattern.ok()) << text << pattern.status();
  return pattern.ok() && pattern->For(caller).Matches(subject);
}

TEST(SubjectPatternTest, WithoutWildcardIsExact) {
  EXPECT_TRUE(Matches("user-42/home", "user-42/home"));
  EXPECT_FALSE(Matches("user-42/home", "user-42/home/2"));
  EXPECT_FALSE(Matches("user-42/home", "user-42"));
  EXPECT_FALSE(Matches("user-42/home", ""));
}

TEST(SubjectPatternTest, AWildcardIsAnyRunAlsoNoneAndAcrossSlashes) {
  EXPECT_TRUE(Matches("*", ""));
  EXPECT_TRUE(Matches("*", "a/b"));
  EXPECT_TRUE(Matches("user-*", "user-"));
  EXPECT_TRUE(Matches("user-*", "user-42/home"));
  EXPECT_FALSE(Matches("user-*", "use"));
  EXPECT_TRUE(Matches("*/home", "a/b/home"));
  EXPECT_TRUE(Matches("user-*/home", "user-/home"));
  EXPECT_FALSE(Matches("user-*/home", "user-42/work"));
}

TEST(SubjectPatternTest, BothEndsDoNotShareCharacters) {
  EXPECT_FALSE(Matches("ab*ba", "aba"));
  EXPECT_TRUE(Matches("ab*ba", "abba"));
}

TEST(SubjectPatternTest, PutsTheCallersNameIn) {
  EXPECT_TRUE(Matches("{caller}", "dns:player"));
  EXPECT_FALSE(Matches("{caller}", "dns:other"));
  EXPECT_FALSE(Matches("{caller}", "{caller}"));
  EXPECT_TRUE(Matches("{caller}:*", "dns:player:user-42"));
  EXPECT_FALSE(Matches("{caller}:*", "dns:player2:user-42"));
  EXPECT_TRUE(Matches("{caller}/*", "spiffe://prod/a/42", *SpiffeCaller("spiffe://prod/a")));
  EXPECT_TRUE(Matches("user-*@{caller}", "user-42@dns:player"));
  EXPECT_FALSE(Matches("user-*@{caller}", "user-42@dns:other"));
  EXPECT_TRUE(Matches("{caller}", "anonymous", Caller()));
}

TEST(SubjectPatternTest, AWildcardInANameIsNone) {
  Caller caller;
  caller.name = "a*";
  EXPECT_TRUE(Matches("{caller}", "a*", caller));
  EXPECT_FALSE(Matches("{caller}", "ab", caller));
  EXPECT_FALSE(Matches("x*{caller}", "x-ab", caller));
}

TEST(SubjectPatternTest, RefusesWhatLetsACallerIntoTheSubjectsOfOthers) {
  for (const char* text :
       {"{caller}*", "{caller}-*", "{caller}x*", "{caller}.a*", "{caller}_home"}) {
    EXPECT_THAT(Error(text), HasSubstr("write a ':' after {caller}")) << text;
  }
  EXPECT_EQ(Error("{caller}/*"), "");
  EXPECT_EQ(Error("{caller}@home"), "");
}

TEST(SubjectPatternTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(Error(""), HasSubstr("is empty"));
  EXPECT_THAT(Error("a*b*"), HasSubstr("has two '*'"));
  for (const char* text : {"{caller", "caller}", "{Caller}", "{callers}", "{caller}/{caller}",
                           "{{caller}}", "{}", "{user}", "}{"}) {
    EXPECT_THAT(Error(text), HasSubstr("has braces other than of one {caller}")) << text;
  }
}

TEST(SubjectPatternTest, KeepsItsText) {
  EXPECT_EQ(SubjectPattern::Parse("{caller}:*")->text(), "{caller}:*");
}

}  // namespace
}  // namespace tokenbroker
