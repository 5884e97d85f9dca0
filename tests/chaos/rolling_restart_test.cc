// A roll-out: one replica after the other ends and comes back, under load.
#include <grpcpp/create_channel.h>

#include <atomic>
#include <iostream>
#include <thread>

#include "tests/chaos/named_fleet.h"
#include "tests/integration/caller_credentials.h"

namespace tokenbroker {
namespace {

constexpr int kReplicas = 3;
constexpr int kGrants = 50;
constexpr int kCallers = 8;
constexpr int kAttempts = 4;
constexpr absl::Duration kBetweenTwo = absl::Seconds(1);
constexpr absl::Duration kBackoff = absl::Milliseconds(100);

struct Seen {
  std::atomic<int64_t> calls{0};
  // Of calls that found a replica which had gone, or was going.
  std::atomic<int64_t> retries{0};
  std::atomic<int64_t> failed{0};
};

class RollingRestartTest : public NamedFleetTest {
 protected:
  RollingRestartTest() {
    SetTokenLifetime(absl::Seconds(4));
    SetMargin(absl::Seconds(2));
    StartReplicas(kReplicas);
    subjects_ = LogInMany(kGrants);
    grpc::ChannelArguments arguments;
    arguments.SetLoadBalancingPolicyName("round_robin");
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, kName);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    // They are counted here.
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    channel_ = grpc::CreateCustomChannel(target(), CredentialsOf(authority(), kPlayer), arguments);
  }

  // As the runbook tells callers: CANCELLED is what gRPC says of a call that met a goodbye.
  static bool IsWorthARetry(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
           status.error_code() == grpc::StatusCode::CANCELLED;
  }

  void Call(size_t seed) {
    const auto stub = v1::TokenBrokerService::NewStub(channel_);
    for (size_t n = seed; !stop_.StoppedWithin(absl::Milliseconds(5)); ++n) {
      const auto request = BrokerClient::TokenRequest(subjects_[n % subjects_.size()]);
      ++seen_.calls;
      grpc::Status status;
      for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (attempt > 0) {
          ++seen_.retries;
          StopEvent().StoppedWithin(kBackoff * (1 << attempt));
        }
        grpc::ClientContext context;
        context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
        v1::GetFreshTokenResponse response;
        status = stub->GetFreshToken(&context, request, &response);
        if (!IsWorthARetry(status)) break;
      }
      if (status.ok()) continue;
      if (++seen_.failed <= 3) {
        std::cout << status.error_code() << ": " << status.error_message() << "\n";
      }
    }
  }

  std::vector<std::string> subjects_;
  std::shared_ptr<grpc::Channel> channel_;
  StopEvent stop_;
  Seen seen_;
};

TEST_F(RollingRestartTest, FailsNoCallAndLosesNoRotation) {
  ASSERT_TRUE(Eventually([&] { return IsReady(0) && IsReady(1) && IsReady(2); }));
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) callers.emplace_back([this, i] { Call(i * 7); });
  const absl::Time start = absl::Now();
  const int rounds = HowMany(2, 10);
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < kReplicas; ++i) {
      EXPECT_EQ(replica(i).Terminate(), 0);
      replica(i).Start();
      EXPECT_TRUE(Eventually([&] { return IsReady(i); }));
      stop_.StoppedWithin(kBetweenTwo);
    }
  }
  stop_.Stop();
  for (std::thread& caller : callers) caller.join();
  std::cout << rounds * kReplicas << " restarts in " << absl::Now() - start << ": " << seen_.calls
            << " calls, " << seen_.retries << " retries, " << seen_.failed << " failed; "
            << counters().Refreshes() << " refreshes\n";
  EXPECT_GT(seen_.calls, 1000);
  EXPECT_EQ(seen_.failed, 0);
  EXPECT_GT(counters().Refreshes(), static_cast<uint64_t>(kGrants));
  EXPECT_EQ(counters().MaxPresented(), 1);
  EXPECT_EQ(counters().families_revoked_by_reuse, 0u);
  for (const std::string& subject : subjects_) {
    EXPECT_EQ(GetGrant(subject).state(), v1::GRANT_STATE_ACTIVE) << subject;
  }
}

}  // namespace
}  // namespace tokenbroker
