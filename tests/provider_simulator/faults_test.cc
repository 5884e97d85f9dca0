#include "tests/provider_simulator/faults.h"

#include <gtest/gtest.h>

namespace provider_simulator {
namespace {

int StatusOf(const absl::optional<Fault>& fault) { return fault.has_value() ? fault->status : 0; }

TEST(FaultQueueTest, PlaysEachFaultItsTimesInOrder) {
  FaultQueue queue;
  queue.Add(Endpoint::kToken, ErrorFault(503, "server_error").Times(2));
  queue.Add(Endpoint::kToken, ErrorFault(429, "slow_down", "3"));
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 503);
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kUserinfo, false)), 0);
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 503);
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 429);
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 0);
}

TEST(FaultQueueTest, AFaultForeverEndsWhenCleared) {
  FaultQueue queue;
  queue.Add(Endpoint::kToken, HtmlFault(502).Forever());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 502);
  queue.Clear();
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 0);
}

TEST(FaultQueueTest, AFaultForReusedConnectionsWaitsForOne) {
  FaultQueue queue;
  queue.Add(Endpoint::kToken, CutReusedConnectionFault());
  queue.Add(Endpoint::kToken, ErrorFault(503, "server_error"));
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 503);
  EXPECT_EQ(StatusOf(queue.Take(Endpoint::kToken, false)), 0);
  const auto cut = queue.Take(Endpoint::kToken, true);
  ASSERT_TRUE(cut.has_value());
  EXPECT_EQ(cut->kind, FaultKind::kDrop);
}

TEST(FaultsTest, ScriptsLookAsTheyAreNamed) {
  EXPECT_EQ(ErrorFault(429, "slow_down", "3").headers.back().second, "3");
  EXPECT_EQ(OkWithErrorFault("invalid_grant").body, R"({"error":"invalid_grant"})");
  EXPECT_EQ(OkWithErrorFault("invalid_grant").status, 200);
  EXPECT_EQ(HtmlFault(502).headers.front().second, "text/html");
  EXPECT_EQ(EmptyFault().body, "");
  EXPECT_GT(HugeFault(3 * 1024 * 1024).body.size(), 3U * 1024 * 1024);
  EXPECT_NE(GarbageFault().body.find('\0'), std::string::npos);
}

}  // namespace
}  // namespace provider_simulator
