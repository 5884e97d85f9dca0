#include "tests/support/name_server.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <utility>

#include "tests/support/redis_server.h"

namespace tokenbroker {

NameServer::NameServer(std::string name, const std::vector<std::string>& addresses)
    : name_(std::move(name)), port_(FreePort()) {
  Write(addresses);
  // It ends with the test, also when that crashes.
  process_ = std::make_unique<ChildProcess>(std::vector<std::string>{
      "/usr/bin/setpriv", "--pdeathsig", "KILL", "/usr/sbin/dnsmasq", "--keep-in-foreground",
      "--log-facility=-", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--no-resolv",
      "--no-hosts", "--local=/test/", "--listen-address=127.0.0.1", "--bind-interfaces",
      "--port=" + std::to_string(port_), "--addn-hosts=" + folder_.Path("hosts")});
  EXPECT_FALSE(process_->WaitForLine("read " + folder_.Path("hosts")).empty())
      << process_->Output();
}

void NameServer::Move(const std::vector<std::string>& addresses) {
  Write(addresses);
  process_->Signal(SIGHUP);
}

std::string NameServer::Target(int port) const {
  return "dns://127.0.0.1:" + std::to_string(port_) + "/" + name_ + ":" + std::to_string(port);
}

void NameServer::Write(const std::vector<std::string>& addresses) {
  std::string hosts;
  for (const std::string& address : addresses) hosts += address + " " + name_ + "\n";
  folder_.Write("hosts", hosts);
}

}  // namespace tokenbroker
