// What Redis refuses, and what stands between it and the broker: callers with good tokens notice
// nothing, nothing is lost, and nobody has to restart anything.
#include <iostream>

#include "tests/chaos/outage_run.h"
#include "tests/support/delaying_proxy.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {
namespace {

class RedisTroubleTest : public OutageRun {
 protected:
  void StartFleet() {
    PrepareProvider();
    StartRedis();
    StartReplicas(3);
    LogInAll();
  }
  static void WaitAWhile() {
    StopEvent never;
    never.StoppedWithin(absl::Seconds(HowMany(3, 10)));
  }
};

TEST_F(RedisTroubleTest, APrimaryThatIsReadOnlyForAWhileCostsNobodyAGoodTokenAndNoRotation) {
  StartFleet();
  RunAcross("READONLY", [this] {
    redis().Command({"REPLICAOF", "127.0.0.1", std::to_string(FreePort())});
    WaitAWhile();
    redis().Command({"REPLICAOF", "NO", "ONE"});
  });
}

TEST_F(RedisTroubleTest, RightsThatAreTakenAwayForAWhileCostNobodyAGoodTokenAndNoRotation) {
  StartFleet();
  RunAcross("NOPERM", [this] {
    EXPECT_EQ(redis().Command({"ACL", "SETUSER", "default", "-@scripting"}), "OK");
    WaitAWhile();
    EXPECT_EQ(redis().Command({"ACL", "SETUSER", "default", "+@scripting"}), "OK");
  });
}

// Every commit is slower than what it may take before it is kept on disk, too.
TEST_F(RedisTroubleTest, ALatencyOf200MillisecondsCostsNobodyAGoodTokenAndNoRotation) {
  PrepareProvider();
  StartRedis();
  DelayingProxy proxy(redis().port());
  StartReplicas(3, "redis://127.0.0.1:" + std::to_string(proxy.port()) + "/0");
  LogInAll();
  RunAcross("latency of 200 ms", [&proxy] {
    proxy.SetDelay(absl::Milliseconds(100));
    WaitAWhile();
    WaitAWhile();
    proxy.SetDelay(absl::ZeroDuration());
  });
}

TEST_F(RedisTroubleTest, AWrongPasswordIsNoMissingGrantAndIsMendedInItsFile) {
  TempFolder folder;
  const std::string file = folder.Write("password", "wrong\n");
  StartRedis({"--requirepass", "right"});
  redis().Login({"right"});
  AddReplica(redis_uri(), Replica::Missing::kCreate, "password_file: \"" + file + "\"");
  EXPECT_NE(replica(0).WaitForLine("WRONGPASS"), "");
  EXPECT_EQ(GetToken("user-0").error.reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(replica(0).client().BuildLoginUri("user-0").error.reason, "STORE_UNAVAILABLE");
  folder.Write("password", "right\n");
  EXPECT_TRUE(LogIn("user-0").has_token());
}

TEST_F(RedisTroubleTest, AServerThatAnotherAuthorityVouchesForGetsNothing) {
  const TestAuthority ours;
  const TestAuthority another;
  const TestAuthority::Files files = another.Issue("IP:127.0.0.1");
  RedisServer redis({"--tls-cert-file", files.certificate, "--tls-key-file", files.key,
                     "--tls-auth-clients", "no", "--tls-ca-cert-file", another.ca_file()},
                    RedisServer::Port::kTls);
  const std::string uri = "rediss://127.0.0.1:" + std::to_string(redis.port());
  AddReplica(uri, Replica::Missing::kCreate, "ca_file: \"" + ours.ca_file() + "\"");
  EXPECT_NE(replica(0).WaitForLine("certificate verify failed"), "");
  EXPECT_EQ(GetToken("user-0").error.reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(redis.Command({"DBSIZE"}), "0");
  AddReplica(uri, Replica::Missing::kCreate, "ca_file: \"" + another.ca_file() + "\"");
  EXPECT_TRUE(LogIn("user-0", 1).has_token());
}

}  // namespace
}  // namespace tokenbroker
