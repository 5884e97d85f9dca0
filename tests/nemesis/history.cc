#include "tests/nemesis/history.h"

namespace tokenbroker {

const char* NameOf(Fault fault) {
  switch (fault) {
    case Fault::kReplicaKilled:
      return "replica killed";
    case Fault::kReplicaPaused:
      return "replica paused";
    case Fault::kReplicaRestarted:
      return "replica restarted";
    case Fault::kReplicaReconfigured:
      return "replica's certificate, policy and keyring changed";
    case Fault::kSpillFull:
      return "replica's spill disk full";
    case Fault::kPacketsLost:
      return "a quarter of a replica's packets lost";
    case Fault::kRedisUnreached:
      return "nothing that a replica sends reaches Redis";
    case Fault::kRedisUnheard:
      return "nothing that Redis sends reaches a replica";
    case Fault::kRedisRefused:
      return "replica's connections to Redis reset and refused";
    case Fault::kProviderUnheard:
      return "nothing that the provider sends reaches a replica";
    case Fault::kReplicaClockStepped:
      return "replica's clock set to another time and back";
    case Fault::kRedisKilled:
      return "Redis killed";
    case Fault::kRedisPaused:
      return "Redis paused";
    case Fault::kRedisFailedOver:
      return "Redis failed over";
    case Fault::kRedisSlow:
      return "Redis slow";
    case Fault::kRedisClockStepped:
      return "Redis' clock set to another time and back";
    case Fault::kRedisFailedOverByItself:
      return "Redis failed over, and nobody ordered it";
    case Fault::kProviderSlow:
      return "provider slow";
    case Fault::kProviderDown:
      return "provider down";
    case Fault::kProviderThrottles:
      return "provider throttles";
    case Fault::kProviderLosesAnswers:
      return "provider loses answers";
    case Fault::kProviderTalksNonsense:
      return "provider talks nonsense";
    case Fault::kProviderCutsConnections:
      return "provider cuts connections";
    case Fault::kClientSecretChanged:
      return "client secret changed, in its file later";
  }
  return "";
}

bool IsOfRedis(Fault fault) {
  return fault == Fault::kRedisKilled || fault == Fault::kRedisPaused ||
         fault == Fault::kRedisFailedOver || fault == Fault::kRedisSlow ||
         fault == Fault::kRedisClockStepped || fault == Fault::kRedisFailedOverByItself;
}

bool IsOfSurroundings(Fault fault) {
  return fault >= Fault::kSpillFull && fault <= Fault::kReplicaClockStepped;
}

bool IsOfProvider(Fault fault) { return fault >= Fault::kProviderSlow; }

}  // namespace tokenbroker
