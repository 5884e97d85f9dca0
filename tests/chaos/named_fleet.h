// Replicas behind one name, as a headless Service of Kubernetes is.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/fleet.h"
#include "tests/support/name_server.h"

namespace tokenbroker {

// At most three replicas, at 127.0.0.1, 127.0.0.2 and 127.0.0.3 and one port.
class NamedFleetTest : public FleetTest {
 protected:
  // With how many of them the name begins.
  explicit NamedFleetTest(int known = 3);

  // Who is behind the name from now on: the first `known`.
  void Name(int known);
  std::string target() const { return name_server_.Target(port_); }
  // What the replicas' certificates say.
  static constexpr char kName[] = "token-broker.test";

  bool IsReady(size_t i) { return replica(i).AdminPage("/readyz") == "200 ok\n"; }

 private:
  const int port_;
  NameServer name_server_;
};

}  // namespace tokenbroker
