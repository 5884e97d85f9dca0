// Whether calls should be sent to a replica, as Kubernetes and gRPC clients ask it.
#include <gmock/gmock.h>
#include <grpc/health/v1/health.grpc.pb.h>

#include "tests/chaos/fleet.h"
#include "tests/integration/caller_credentials.h"

namespace tokenbroker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReadinessTest : public FleetTest {
 protected:
  std::string Health() {
    const auto stub = grpc::health::v1::Health::NewStub(
        grpc::CreateChannel(replica(0).address(), CredentialsOf(authority(), kPlayer)));
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, {}, &response);
    if (!status.ok()) return status.error_message();
    return grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
  }
  bool IsReady() { return replica(0).AdminPage("/readyz") == "200 ok\n"; }
};

TEST_F(ReadinessTest, WhoHasNotHeardOfTheStoreHasStartedButIsNotReady) {
  StartRedis();
  redis().Kill();
  StartReplicas(1);
  EXPECT_EQ(replica(0).AdminPage("/livez"), "200 ok\n");
  EXPECT_EQ(replica(0).AdminPage("/startupz"), "200 ok\n");
  EXPECT_EQ(replica(0).AdminPage("/readyz"),
            "503 no store was found yet: Redis does not answer, or is empty; the log says which\n");
  EXPECT_EQ(Health(), "NOT_SERVING");
  redis().Restart();
  EXPECT_TRUE(Eventually([&] { return IsReady(); }));
  EXPECT_TRUE(Eventually([&] { return Health() == "SERVING"; }));
}

TEST_F(ReadinessTest, ARedisThatIsAwayIsBorneAsLongAsTokensAreServedWithoutIt) {
  AddYaml("cache: { max_unverified: 3s }\n");
  StartReplicas(1);
  EXPECT_TRUE(Eventually([&] { return IsReady(); }));
  redis().Pause();
  EXPECT_TRUE(Eventually([&] { return !IsReady(); }));
  EXPECT_EQ(replica(0).AdminPage("/readyz"),
            "503 the store has not answered for longer than 3s, which is cache.max_unverified\n");
  EXPECT_TRUE(Eventually([&] { return Health() == "NOT_SERVING"; }));
  EXPECT_THAT(replica(0).AdminPage("/statusz"),
              AllOf(StartsWith("200 2 things to look at\n"),
                    HasSubstr("! The store does not answer."), HasSubstr("Where: redis://")));
  EXPECT_EQ(replica(0).AdminPage("/livez"), "200 ok\n") << "a restart mends nothing";
  redis().Continue();
  EXPECT_TRUE(Eventually([&] { return IsReady() && Health() == "SERVING"; }));
}

TEST_F(ReadinessTest, TheStatusPageSaysHowItIs) {
  StartReplicas(1);
  EXPECT_TRUE(Eventually([&] { return IsReady(); }));
  LogIn("alice");
  EXPECT_THAT(replica(0).AdminPage("/statusz"),
              AllOf(StartsWith("200 One thing to look at\n"),
                    // Those of tests are short-lived.
                    HasSubstr("\n- The listener's certificate ends at "),
                    HasSubstr("Grants in its cache: 1\n"), HasSubstr("sim: active;"),
                    HasSubstr("Answers: yes\n")));
}

}  // namespace
}  // namespace tokenbroker
