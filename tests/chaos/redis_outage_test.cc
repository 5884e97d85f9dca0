// Redis stops for a while, or dies and comes back from its append-only file, while callers ask.
#include "tests/chaos/outage_run.h"

namespace tokenbroker {
namespace {

class RedisOutageTest : public OutageRun {
 protected:
  void StartFleet() {
    PrepareProvider();
    StartRedis({"--appendonly", "yes", "--appendfsync", "always"});
    StartReplicas(3);
    LogInAll();
  }
};

TEST_F(RedisOutageTest, AStoppedRedisCostsNobodyAGoodTokenAndNoRotation) {
  StartFleet();
  RunAcross("SIGSTOP", [this] {
    redis().Pause();
    StopEvent never;
    never.StoppedWithin(absl::Seconds(HowMany(3, 10)));
    redis().Continue();
  });
}

TEST_F(RedisOutageTest, ARedisThatIsKilledAndComesBackCostsNobodyAGoodTokenAndNoRotation) {
  StartFleet();
  RunAcross("SIGKILL and restart", [this] {
    redis().Kill();
    StopEvent never;
    never.StoppedWithin(absl::Seconds(1));
    redis().Restart();
  });
}

}  // namespace
}  // namespace tokenbroker
