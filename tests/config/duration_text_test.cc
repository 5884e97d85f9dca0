#include "config/duration_text.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

TEST(DurationTextTest, TakesOneNumberAndOneUnit) {
  EXPECT_EQ(ParseDurationText("300s"), absl::Seconds(300));
  EXPECT_EQ(ParseDurationText("30m"), absl::Minutes(30));
  EXPECT_EQ(ParseDurationText("4320h"), absl::Hours(4320));
  EXPECT_EQ(ParseDurationText("1.5s"), absl::Milliseconds(1500));
  EXPECT_EQ(ParseDurationText("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(ParseDurationText("0s"), absl::ZeroDuration());
  EXPECT_EQ(ParseDurationText("87600h"), absl::Hours(87600));
}

TEST(DurationTextTest, RefusesEverythingElse) {
  for (const char* text : {"",        "5",
                           "0",       "s",
                           "7d",      "1us",
                           "1ns",     "1h30m",
                           "-5s",     "+5s",
                           " 5s",     "5 s",
                           "5s ",     ".5s",
                           "5.s",     "1.2.3s",
                           "1e3s",    "0x5s",
                           "5S",      "inf",
                           "forever", "99999999999999999999h",
                           "87700h",  "5\xC2\xB5s"}) {
    EXPECT_EQ(ParseDurationText(text), absl::nullopt) << text;
  }
}

}  // namespace
}  // namespace tokenbroker
