#include "config/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;

absl::optional<std::string> Variables(const std::string& name) {
  if (name == "HOST") return std::string("id.example");
  if (name == "EMPTY") return std::string();
  if (name == "TRICKY") return std::string("${HOST}$$");
  return absl::nullopt;
}

std::string Replaced(absl::string_view text) {
  const absl::StatusOr<std::string> result = Substitute(text, Variables);
  return result.ok() ? *result : "error: " + std::string(result.status().message());
}

TEST(EnvironmentTest, ReplacesVariables) {
  EXPECT_EQ(Replaced("https://${HOST}/x"), "https://id.example/x");
  EXPECT_EQ(Replaced("${HOST}${HOST}"), "id.exampleid.example");
  EXPECT_EQ(Replaced("plain"), "plain");
  EXPECT_EQ(Replaced("[${EMPTY}]"), "[]");
}

TEST(EnvironmentTest, FallsBackToTheDefault) {
  EXPECT_EQ(Replaced("${PORT:-8443}"), "8443");
  EXPECT_EQ(Replaced("${EMPTY:-8443}"), "8443");
  EXPECT_EQ(Replaced("${HOST:-other}"), "id.example");
  EXPECT_EQ(Replaced("${PORT:-}"), "");
  EXPECT_EQ(Replaced("${PORT:-a:-b}"), "a:-b");
}

TEST(EnvironmentTest, TakesTwoDollarSignsForOne) {
  EXPECT_EQ(Replaced("a$$b"), "a$b");
  EXPECT_EQ(Replaced("$${HOST}"), "${HOST}");
  EXPECT_EQ(Replaced("$$$$"), "$$");
}

TEST(EnvironmentTest, DoesNotLookAtValuesAgain) { EXPECT_EQ(Replaced("${TRICKY}"), "${HOST}$$"); }

TEST(EnvironmentTest, RefusesAnUndefinedVariable) {
  EXPECT_EQ(Replaced("${PORT}"),
            "error: the environment variable PORT is not set; set it, or write ${PORT:-default}");
}

TEST(EnvironmentTest, RefusesALoneDollarSign) {
  for (const char* text : {"$", "a$b", "$HOST", "${HOST", "${"}) {
    EXPECT_THAT(Replaced(text), HasSubstr("has a lone $")) << text;
  }
}

TEST(EnvironmentTest, RefusesWhatIsNoName) {
  for (const char* text : {"${}", "${1A}", "${A-B}", "${:-x}", "${A B}"}) {
    EXPECT_THAT(Replaced(text), HasSubstr("names no variable")) << text;
  }
}

TEST(EnvironmentTest, NeverShowsValues) {
  EXPECT_THAT(Replaced("${HOST} ${PORT}"), Not(HasSubstr("id.example")));
}

TEST(EnvironmentTest, ReadsTheProcess) {
  ::setenv("TOKENBROKER_ENVIRONMENT_TEST", "here", 1);
  EXPECT_EQ(ProcessEnvironment()("TOKENBROKER_ENVIRONMENT_TEST"), std::string("here"));
  ::unsetenv("TOKENBROKER_ENVIRONMENT_TEST");
  EXPECT_EQ(ProcessEnvironment()("TOKENBROKER_ENVIRONMENT_TEST"), absl::nullopt);
}

}  // namespace
}  // namespace tokenbroker
