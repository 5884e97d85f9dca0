#include "tests/chaos/named_fleet.h"

namespace tokenbroker {
namespace {

const std::vector<std::string>& Addresses() {
  static const auto& addresses =
      *new std::vector<std::string>{"127.0.0.1", "127.0.0.2", "127.0.0.3"};
  return addresses;
}

std::vector<std::string> First(int n) { return {Addresses().begin(), Addresses().begin() + n}; }

}  // namespace

NamedFleetTest::NamedFleetTest(int known) : port_(FreePort()), name_server_(kName, First(known)) {
  std::vector<std::string> listeners;
  for (const std::string& address : Addresses()) {
    listeners.push_back(address + ":" + std::to_string(port_));
  }
  SetListeners(std::move(listeners));
}

void NamedFleetTest::Name(int known) { name_server_.Move(First(known)); }

}  // namespace tokenbroker
