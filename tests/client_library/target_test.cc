#include "client/library/target.h"

namespace tokenbroker::client {
namespace {

TEST(TargetTest, TellsWhoCanBeBehindIt) {
  for (const char* target : {"unix:/run/broker.sock", "unix:///run/broker.sock"}) {
    EXPECT_EQ(ReachOf(target), Reach::kUnixSocket) << target;
  }
  for (const char* target : {"127.0.0.1:8443", "127.1.2.3:1", "localhost:8443", "LOCALHOST",
                             "[::1]:8443", "127.0.0.1"}) {
    EXPECT_EQ(ReachOf(target), Reach::kLoopback) << target;
  }
  for (const char* target :
       {"broker:8443", "10.0.0.7:8443", "dns:///localhost:8443", "127.0.0.1.example:8443",
        "127.0.0.256:1", "[::2]:8443", "localhost.example:1", "127.1:80", "", "[::1"}) {
    EXPECT_EQ(ReachOf(target), Reach::kNetwork) << target;
  }
}

}  // namespace
}  // namespace tokenbroker::client
