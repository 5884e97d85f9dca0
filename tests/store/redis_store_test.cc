#include "store/redis_store.h"

#include "tests/store/grant_store_contract.h"
#include "tests/store/login_store_contract.h"
#include "tests/store/redis_under_test.h"

namespace tokenbroker {
namespace {

// One server for all tests of this file: each begins with FLUSHALL.
RedisServer& SharedServer() {
  static RedisServer server;
  return server;
}

StoreParam Redis() {
  return {"Redis", [](Loop& loop, SimulatedClock& clock) {
            return std::make_unique<RedisUnderTest>(loop, clock, SharedServer());
          }};
}

INSTANTIATE_TEST_SUITE_P(Redis, GrantStoreContract, ::testing::Values(Redis()));
INSTANTIATE_TEST_SUITE_P(Redis, LoginStoreContract, ::testing::Values(Redis()));

}  // namespace
}  // namespace tokenbroker
