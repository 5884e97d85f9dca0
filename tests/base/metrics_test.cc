#include "base/metrics.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, WritesThePrometheusText) {
  Metrics metrics;
  metrics.Counter("tokenbroker_refreshes_total", "Refreshes.", {{"provider", "spotify"}})
      .Increment();
  metrics.Gauge("tokenbroker_grants", "Grants held.").Set(7);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# HELP tokenbroker_refreshes_total Refreshes.\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE tokenbroker_refreshes_total counter\n"));
  EXPECT_THAT(text, HasSubstr("tokenbroker_refreshes_total{provider=\"spotify\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE tokenbroker_grants gauge\n"));
  EXPECT_THAT(text, HasSubstr("tokenbroker_grants 7\n"));
}

TEST(MetricsTest, GivesTheSameMetricForTheSameNameAndLabels) {
  Metrics metrics;
  auto& spotify = metrics.Counter("c_total", "C.", {{"provider", "spotify"}});
  auto& other = metrics.Counter("c_total", "C.", {{"provider", "other"}});
  EXPECT_EQ(&spotify, &metrics.Counter("c_total", "C.", {{"provider", "spotify"}}));
  EXPECT_NE(&spotify, &other);
  EXPECT_EQ(&metrics.Gauge("g", "G."), &metrics.Gauge("g", "G."));
  const std::string text = metrics.Text();
  EXPECT_EQ(text.find("# HELP c_total"), text.rfind("# HELP c_total"));
}

TEST(MetricsTest, EscapesLabelValues) {
  Metrics metrics;
  metrics.Counter("c_total", "C.", {{"l", "a\"b\\c\nd"}});
  EXPECT_THAT(metrics.Text(), HasSubstr("c_total{l=\"a\\\"b\\\\c\\nd\"} 0\n"));
}

TEST(MetricsTest, AGaugeThatWasRemovedIsNotWritten) {
  Metrics metrics;
  metrics.Gauge("g", "G.", {{"provider", "spotify"}}).Set(1);
  metrics.Gauge("g", "G.", {{"provider", "other"}}).Set(2);
  metrics.RemoveGauge("g", "G.", {{"provider", "spotify"}});
  EXPECT_THAT(metrics.Text(), testing::Not(HasSubstr("spotify")));
  EXPECT_THAT(metrics.Text(), HasSubstr("g{provider=\"other\"} 2\n"));
}

TEST(MetricsTest, WritesDistributionsWithTheirBuckets) {
  Metrics metrics;
  const std::vector<double> bounds = {0.25, 1};
  Histogram& spotify = metrics.Distribution("d_seconds", "D.", bounds, {{"provider", "spotify"}});
  EXPECT_EQ(&spotify, &metrics.Distribution("d_seconds", "D.", bounds, {{"provider", "spotify"}}));
  spotify.Observe(0.5);
  metrics.Distribution("d_seconds", "D.", bounds, {{"provider", "other"}});
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# TYPE d_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{provider=\"spotify\",le=\"0.25\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{provider=\"spotify\",le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{provider=\"spotify\",le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_sum{provider=\"spotify\"} 0.5\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_count{provider=\"other\"} 0\n"));
  EXPECT_EQ(text.find("# HELP d_seconds"), text.rfind("# HELP d_seconds"));
}

TEST(MetricsTest, ReadsWhatIsOnlyKnownWhenItIsLookedAt) {
  Metrics metrics;
  prometheus::Gauge& gauge = metrics.Gauge("size", "Size.");
  int size = 3;
  Metrics::Reading kept;
  {
    Metrics::Reading reading = metrics.ReadBeforeText([&] { gauge.Set(size); });
    EXPECT_THAT(metrics.Text(), HasSubstr("size 3\n"));
    kept = std::move(reading);
  }
  size = 4;
  EXPECT_THAT(metrics.Text(), HasSubstr("size 4\n"));
  kept = Metrics::Reading();
  size = 5;
  EXPECT_THAT(metrics.Text(), HasSubstr("size 4\n"));
}

}  // namespace
}  // namespace tokenbroker
