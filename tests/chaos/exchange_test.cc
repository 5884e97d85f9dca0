// One callback at two replicas, and a replica that dies in the middle of an exchange: a code is
// presented once.
#include <future>
#include <iostream>

#include "tests/chaos/fleet.h"

namespace tokenbroker {
namespace {

using provider_simulator::Endpoint;

constexpr char kSubject[] = "user-0";

class ExchangeTest : public FleetTest {
 protected:
  void StartSlowFleet(absl::Duration latency) {
    AddProviderYaml("    request_timeout: 3s\n");
    StartReplicas(2);
    provider().Configure(
        [latency](auto& settings) { settings.latency[Endpoint::kToken] = latency; });
  }
  std::future<Outcome<v1::ExchangeCodeResponse>> ExchangeAt(size_t at, std::string callback) {
    return std::async(std::launch::async, [this, at, callback = std::move(callback)] {
      return replica(at).client().ExchangeCallback(callback, absl::Minutes(1));
    });
  }
  uint64_t CodesPresented() { return counters().GrantType("authorization_code"); }
};

TEST_F(ExchangeTest, OneCallbackAtTwoReplicasAtOnceIsOneExchangeAndOneGrant) {
  StartSlowFleet(absl::Milliseconds(500));
  const std::string callback = Callback(kSubject);
  auto one = ExchangeAt(0, callback);
  auto two = ExchangeAt(1, callback);
  const auto first = one.get();
  const auto second = two.get();
  ASSERT_TRUE(first.ok()) << first.error.reason;
  ASSERT_TRUE(second.ok()) << second.error.reason;
  EXPECT_EQ(first.response.grant().generation(), second.response.grant().generation());
  EXPECT_EQ(first.response.token().access_token(), second.response.token().access_token());
  EXPECT_EQ(CodesPresented(), 1u);
  EXPECT_EQ(counters().codes_reused, 0u);
  EXPECT_EQ(provider().grants().size(), 1u);
}

TEST_F(ExchangeTest, AReplicaKilledInTheMiddleLeavesALoginWhoseOutcomeIsUnknown) {
  StartSlowFleet(absl::Seconds(2));
  const std::string callback = Callback(kSubject);
  auto cut = ExchangeAt(0, callback);
  ASSERT_TRUE(Eventually([&] { return CodesPresented() == 1; }));
  replica(0).Kill();
  EXPECT_EQ(cut.get().status.error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto elsewhere = ExchangeAt(1, callback).get();
  std::cout << "at the other replica: " << elsewhere.error.reason << ", the code presented "
            << CodesPresented() << " times\n";
  EXPECT_EQ(elsewhere.error.reason, "LOGIN_OUTCOME_UNKNOWN");
  EXPECT_EQ(CodesPresented(), 1u);
  EXPECT_EQ(counters().codes_reused, 0u);
  provider().Configure([](auto& settings) { settings.latency.clear(); });
  LogIn(kSubject, 1);
  EXPECT_TRUE(GetToken(kSubject, 1).ok()) << "another login helps";
}

TEST_F(ExchangeTest, AReplicaKilledAfterTheExchangeLeavesItsOutcomeToTheOther) {
  StartSlowFleet(absl::ZeroDuration());
  const std::string callback = Callback(kSubject);
  const auto first = ExchangeAt(0, callback).get();
  replica(0).Kill();
  const auto again = ExchangeAt(1, callback).get();
  ASSERT_TRUE(again.ok()) << again.error.reason;
  EXPECT_EQ(again.response.grant().generation(), first.response.grant().generation());
  EXPECT_EQ(CodesPresented(), 1u);
}

TEST_F(ExchangeTest, TwoLoginsOfOneSubjectAtOnceLeaveOneGrantThatIsAlive) {
  StartSlowFleet(absl::Milliseconds(300));
  auto one = ExchangeAt(0, Callback(kSubject, 0));
  auto two = ExchangeAt(1, Callback(kSubject, 1));
  const auto first = one.get();
  const auto second = two.get();
  EXPECT_TRUE(first.ok()) << first.error.reason;
  EXPECT_TRUE(second.ok()) << second.error.reason;
  const int64_t newest =
      std::max(first.response.grant().generation(), second.response.grant().generation());
  for (size_t at : {0u, 1u}) {
    EXPECT_TRUE(Eventually([&] {
      return GetToken(kSubject, at).response.token().generation() == newest;
    })) << at;
  }
  EXPECT_EQ(CodesPresented(), 2u);
}

}  // namespace
}  // namespace tokenbroker
