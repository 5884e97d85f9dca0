#include "main/process_metrics.h"

#include <absl/strings/numbers.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/metric_value.h"

namespace tokenbroker {
namespace {

class ProcessMetricsTest : public testing::Test {
 protected:
  double Value(const std::string& name) {
    double value = -1;
    EXPECT_TRUE(absl::SimpleAtod(MetricValue(metrics_, name), &value)) << name;
    return value;
  }

  Metrics metrics_;
  SimulatedClock clock_;
  const Metrics::Reading reading_ = ShowProcess(metrics_, clock_);
};

TEST_F(ProcessMetricsTest, SaysWhenTheProcessBegan) {
  EXPECT_EQ(Value("process_start_time_seconds"),
            absl::ToDoubleSeconds(clock_.TimeNow() - absl::UnixEpoch()));
}

TEST_F(ProcessMetricsTest, CountsTheTimeThatThisProcessComputes) {
  const double before = Value("process_cpu_seconds_total");
  EXPECT_GT(before, 0);
  double now = before;
  while (now < before + 0.02) now = Value("process_cpu_seconds_total");
  EXPECT_LT(now, before + 10);
}

TEST_F(ProcessMetricsTest, SaysHowMuchMemoryItHas) {
  const double megabyte = 1 << 20;
  EXPECT_GT(Value("process_resident_memory_bytes"), megabyte);
  EXPECT_LT(Value("process_resident_memory_bytes"), 4096 * megabyte);
}

TEST_F(ProcessMetricsTest, CountsOpenFiles) {
  const double before = Value("process_open_fds");
  EXPECT_GE(before, 3);
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Value("process_open_fds"), before + 1);
  close(file);
  EXPECT_EQ(Value("process_open_fds"), before);
  EXPECT_GE(Value("process_max_fds"), before);
}

TEST_F(ProcessMetricsTest, NamesTheBuild) {
  ShowBuild(metrics_, "1.2.3");
  EXPECT_THAT(metrics_.Text(),
              testing::ContainsRegex("tokenbroker_build_info\\{compiler=\"clang [0-9.]+\","
                                     "version=\"1.2.3\"\\} 1"));
}

}  // namespace
}  // namespace tokenbroker
