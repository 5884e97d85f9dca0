// A real name server that a test asks for names of its own (dnsmasq).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

// Listens on 127.0.0.1, a free port below the ephemeral ones. For the one thread that made it.
class NameServer {
 public:
  // Knows `name`, at `addresses`, and nothing else.
  NameServer(std::string name, const std::vector<std::string>& addresses);
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // From now on.
  void Move(const std::vector<std::string>& addresses);

  // What gRPC is to connect to: the name, asked of this server.
  std::string Target(int port) const;

 private:
  void Write(const std::vector<std::string>& addresses);

  TempFolder folder_;
  const std::string name_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace tokenbroker
