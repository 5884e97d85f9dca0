// What of a replica's packets gets through.
#pragma once

#include <string>
#include <vector>

namespace tokenbroker {

// For one thread. It knows a replica by the group that its process runs as, and which packets are
// whose by the connection that the replica began. REQUIRES: EnterOwnNamespaces() said yes: all of
// the run's packets, and no others, go over that loopback.
class PacketFilter {
 public:
  explicit PacketFilter(int replicas);
  PacketFilter(const PacketFilter&) = delete;
  PacketFilter& operator=(const PacketFilter&) = delete;

  // What a replica's program is started by, so that it is known.
  static std::vector<std::string> Launcher(int replica);

  // Each until PassAll: one in so many of its packets is lost, to whom and from whom ever.
  void LoseSome(int replica);
  // What it sends to these ports is lost, or what comes from them.
  void LoseWhatItSends(int replica, const std::vector<int>& ports);
  void LoseWhatItIsSent(int replica, const std::vector<int>& ports);
  // Its connections to these ports are reset, and new ones refused.
  void Refuse(int replica, const std::vector<int>& ports);
  void PassAll(int replica);
};

}  // namespace tokenbroker
