#include "config/periodic_check.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace tokenbroker {
namespace {

TEST(PeriodicCheckTest, ChecksAgainAndAgain) {
  std::promise<void> three_times;
  std::jthread checker([&three_times](std::stop_token stop) {
    int checks = 0;
    CheckPeriodically(std::move(stop), absl::Milliseconds(1), [&] {
      if (++checks == 3) three_times.set_value();
    });
  });
  three_times.get_future().wait();
}

TEST(PeriodicCheckTest, StopsAtOnceHoweverLongThePeriod) {
  int checks = 0;
  std::jthread checker([&checks](std::stop_token stop) {
    CheckPeriodically(std::move(stop), absl::Hours(1), [&checks] { ++checks; });
  });
  checker.request_stop();
  checker.join();
  EXPECT_EQ(checks, 0);
}

}  // namespace
}  // namespace tokenbroker
