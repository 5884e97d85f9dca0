#include "config/reload_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class ReloadReportTest : public testing::Test {
 protected:
  std::string LogOf(const absl::Status& status) {
    testing::internal::CaptureStderr();
    report_.Failed(status);
    return testing::internal::GetCapturedStderr();
  }
  std::string Metric(const std::string& name) const { return MetricValue(metrics_, name); }

  Metrics metrics_;
  ReloadReport report_{"thing", metrics_};
};

TEST_F(ReloadReportTest, BeginsWithASuccessThatWasNoReload) {
  EXPECT_EQ(Metric("tokenbroker_thing_last_reload_successful"), "1");
  EXPECT_EQ(Metric("tokenbroker_thing_reloads_total{result=\"success\"}"), "0");
}

TEST_F(ReloadReportTest, CountsWhatHappens) {
  report_.Failed(absl::InvalidArgumentError("a"));
  EXPECT_EQ(Metric("tokenbroker_thing_last_reload_successful"), "0");
  report_.Failed(absl::InvalidArgumentError("a"));
  EXPECT_EQ(Metric("tokenbroker_thing_reloads_total{result=\"failure\"}"), "2");
  report_.Succeeded();
  EXPECT_EQ(Metric("tokenbroker_thing_last_reload_successful"), "1");
  EXPECT_EQ(Metric("tokenbroker_thing_reloads_total{result=\"success\"}"), "1");
}

TEST_F(ReloadReportTest, LogsAMistakeOnceUntilItIsMended) {
  EXPECT_THAT(LogOf(absl::InvalidArgumentError("file:1: wrong")),
              HasSubstr("\"event\":\"thing_reload_failed\""));
  EXPECT_EQ(LogOf(absl::InvalidArgumentError("file:1: wrong")), "");
  EXPECT_THAT(LogOf(absl::InvalidArgumentError("file:2: wrong")), HasSubstr("file:2: wrong"));
  report_.Succeeded();
  EXPECT_THAT(LogOf(absl::InvalidArgumentError("file:2: wrong")), HasSubstr("file:2: wrong"));
}

}  // namespace
}  // namespace tokenbroker
