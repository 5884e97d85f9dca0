#include "rpc/rpc_meters.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/support/metric_value.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

class RpcMetersTest : public testing::Test {
 protected:
  std::string Requests(const std::string& rpc, const std::string& outcome) {
    return MetricValue(metrics_, "tokenbroker_rpc_requests_total{outcome=\"" + outcome +
                                     "\",rpc=\"" + rpc + "\"}");
  }
  std::string Duration(const std::string& labels, const std::string& part = "bucket") {
    return MetricValue(metrics_, "tokenbroker_rpc_duration_seconds_" + part + "{" + labels + "}");
  }

  Metrics metrics_;
  RpcMeters meters_{metrics_};
};

TEST_F(RpcMetersTest, BeginsWithNoCallOfAnyRpc) {
  EXPECT_EQ(Requests("BuildLoginUri", "OK"), "0");
  EXPECT_EQ(Requests("SetLogLevel", "OK"), "0");
  EXPECT_EQ(Requests("GetFreshToken", "GRANT_NOT_FOUND"), "absent");
}

TEST_F(RpcMetersTest, CountsCallsByWhatTheirCallersAreTold) {
  meters_.Ended(Rpc::kGetFreshToken, absl::OkStatus(), absl::Milliseconds(2));
  meters_.Ended(Rpc::kGetFreshToken, absl::OkStatus(), absl::Milliseconds(2));
  meters_.Ended(Rpc::kGetFreshToken, FieldInvalid("subject", "is empty"), absl::ZeroDuration());
  meters_.Ended(Rpc::kGetGrant, CallerNotAllowed(), absl::ZeroDuration());
  EXPECT_EQ(Requests("GetFreshToken", "OK"), "2");
  EXPECT_EQ(Requests("GetFreshToken", "FIELD_INVALID"), "1");
  EXPECT_EQ(Requests("GetGrant", "CALLER_NOT_ALLOWED"), "1");
}

TEST_F(RpcMetersTest, NamesTheEndsThatHaveNoReason) {
  meters_.StreamEnded(Rpc::kWatchToken, absl::CancelledError("gone"));
  meters_.Ended(Rpc::kGetFreshToken, absl::DeadlineExceededError("late"), absl::Seconds(30));
  meters_.Ended(Rpc::kGetFreshToken, absl::UnavailableError("dropped"), absl::ZeroDuration());
  meters_.Ended(Rpc::kGetFreshToken, absl::InternalError("a text of somebody's"),
                absl::ZeroDuration());
  EXPECT_EQ(Requests("WatchToken", "CANCELLED"), "1");
  EXPECT_EQ(Requests("GetFreshToken", "DEADLINE_EXCEEDED"), "1");
  EXPECT_EQ(Requests("GetFreshToken", "SHUTTING_DOWN"), "1");
  EXPECT_EQ(Requests("GetFreshToken", "OTHER"), "1");
}

TEST_F(RpcMetersTest, MeasuresCallsButNoStreams) {
  meters_.Ended(Rpc::kGetFreshToken, absl::OkStatus(), absl::Milliseconds(2));
  meters_.StreamEnded(Rpc::kWatchToken, absl::OkStatus());
  EXPECT_EQ(Duration("rpc=\"GetFreshToken\",le=\"0.001\""), "0");
  EXPECT_EQ(Duration("rpc=\"GetFreshToken\",le=\"0.0025\""), "1");
  EXPECT_EQ(Duration("rpc=\"GetFreshToken\"", "sum"), "0.002");
  EXPECT_EQ(Duration("rpc=\"WatchToken\"", "count"), "absent");
}

TEST_F(RpcMetersTest, LosesNoneOfThoseThatEndAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 1000; ++n) {
        meters_.Ended(Rpc::kGetGrant, CallerNotAllowed(), absl::ZeroDuration());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Requests("GetGrant", "CALLER_NOT_ALLOWED"), "4000");
  EXPECT_EQ(Duration("rpc=\"GetGrant\"", "count"), "4000");
}

}  // namespace
}  // namespace tokenbroker
