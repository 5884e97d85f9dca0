#include "io/single_flight.h"

#include <string>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

class SingleFlightTest : public LoopTest {
 protected:
  Task<int> Work() {
    co_await loop_.Sleep(absl::Seconds(5));
    co_return ++done_;
  }
  Task<absl::optional<int>> Join(std::string key, SteadyTime deadline) {
    SingleFlight<std::string, int>::Start start = [this] { return Work(); };
    co_return co_await flights_.Join(std::move(key), deadline, std::move(start));
  }

  SingleFlight<std::string, int> flights_{loop_};
  int done_ = 0;
};

TEST_F(SingleFlightTest, AThousandCallersShareOneFlight) {
  std::vector<Future<absl::optional<int>>> callers;
  callers.reserve(1000);
  for (int i = 0; i < 1000; ++i) callers.push_back(Start(Join("a", SteadyTime::InfiniteFuture())));
  EXPECT_EQ(flights_.Waiters("a"), 1000u);
  Advance(absl::Seconds(5));
  for (const auto& caller : callers) EXPECT_EQ(caller->value(), 1);
  EXPECT_EQ(done_, 1);
  EXPECT_FALSE(flights_.InFlight("a"));
}

TEST_F(SingleFlightTest, OneWhoGivesUpCancelsNothing) {
  const auto impatient = Start(Join("a", clock_.SteadyNow() + absl::Seconds(1)));
  Advance(absl::Seconds(1));
  EXPECT_EQ(impatient->value(), absl::nullopt);
  Advance(absl::Seconds(4));
  EXPECT_EQ(done_, 1);
}

TEST_F(SingleFlightTest, KeysDoNotWaitForEachOtherAndALaterCallFliesAgain) {
  const auto a = Start(Join("a", SteadyTime::InfiniteFuture()));
  const auto b = Start(Join("b", SteadyTime::InfiniteFuture()));
  EXPECT_EQ(flights_.size(), 2u);
  Advance(absl::Seconds(5));
  EXPECT_EQ(done_, 2);
  EXPECT_EQ(Run(Join("a", SteadyTime::InfiniteFuture())), 3);
}

}  // namespace
}  // namespace tokenbroker
