#include "tests/nemesis/packet_filter.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"

namespace tokenbroker {
namespace {

// Of the replicas' groups, which no other process has.
constexpr int kFirstGroup = 47'000;

void Iptables(const std::string& words) {
  std::vector<std::string> command = {"/usr/sbin/iptables", "--wait"};
  for (absl::string_view word : absl::StrSplit(words, ' ')) command.emplace_back(word);
  ChildProcess iptables(command);
  EXPECT_EQ(iptables.Wait(), 0) << words << ": " << iptables.Output();
}

std::string ChainOf(int replica) { return absl::StrCat("replica-", replica); }
int GroupOf(int replica) { return kFirstGroup + replica; }
// 0 is no mark.
int MarkOf(int replica) { return 1 + replica; }

void Add(int replica, const std::string& rule) {
  Iptables(absl::StrCat("--append ", ChainOf(replica), " --protocol tcp ", rule));
}

}  // namespace

PacketFilter::PacketFilter(int replicas) {
  for (int i = 0; i < replicas; ++i) {
    Iptables(absl::StrCat("--new-chain ", ChainOf(i)));
    Iptables(absl::StrCat("--append OUTPUT --protocol tcp --match owner --gid-owner ", GroupOf(i),
                          " --jump CONNMARK --set-mark ", MarkOf(i)));
    Iptables(absl::StrCat("--append OUTPUT --match connmark --mark ", MarkOf(i), " --jump ",
                          ChainOf(i)));
  }
}

std::vector<std::string> PacketFilter::Launcher(int replica) {
  return {"/usr/bin/setpriv", "--regid", absl::StrCat(GroupOf(replica)), "--clear-groups"};
}

void PacketFilter::LoseSome(int replica) {
  Add(replica, "--match statistic --mode random --probability 0.25 --jump DROP");
}

void PacketFilter::LoseWhatItSends(int replica, const std::vector<int>& ports) {
  Add(replica,
      absl::StrCat("--match multiport --dports ", absl::StrJoin(ports, ","), " --jump DROP"));
}

void PacketFilter::LoseWhatItIsSent(int replica, const std::vector<int>& ports) {
  Add(replica,
      absl::StrCat("--match multiport --sports ", absl::StrJoin(ports, ","), " --jump DROP"));
}

void PacketFilter::Refuse(int replica, const std::vector<int>& ports) {
  Add(replica, absl::StrCat("--match multiport --dports ", absl::StrJoin(ports, ","),
                            " --jump REJECT --reject-with tcp-reset"));
}

void PacketFilter::PassAll(int replica) { Iptables(absl::StrCat("--flush ", ChainOf(replica))); }

}  // namespace tokenbroker
