#include "config/duration_field.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

google::protobuf::Duration Field(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration field;
  field.set_seconds(seconds);
  field.set_nanos(nanos);
  return field;
}

TEST(DurationFieldTest, ConvertsSecondsAndNanoseconds) {
  ConfigErrors errors("f");
  EXPECT_EQ(PositiveDuration(true, Field(1, 500'000'000), absl::Seconds(9), "a", errors),
            absl::Milliseconds(1500));
  EXPECT_TRUE(errors.empty());
}

TEST(DurationFieldTest, FallsBackWhenItIsNotGiven) {
  ConfigErrors errors("f");
  EXPECT_EQ(PositiveDuration(false, Field(0, 0), absl::Seconds(9), "a", errors), absl::Seconds(9));
  EXPECT_EQ(OptionalDuration(false, Field(0, 0), "a", errors), absl::nullopt);
  EXPECT_TRUE(errors.empty());
}

TEST(DurationFieldTest, RefusesZero) {
  ConfigErrors errors("f");
  (void)OptionalDuration(true, Field(0, 0), "a.b", errors);
  EXPECT_EQ(errors.ToStatus().message(), "f: a.b: is zero; write a positive duration");
}

}  // namespace
}  // namespace tokenbroker
