// The RPCs that a policy speaks of. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

namespace tokenbroker {

enum class Rpc {
  kBuildLoginUri,
  kExchangeCode,
  kGetFreshToken,
  kWatchToken,
  kGetGrant,
  kListGrants,
  kRefreshGrant,
  kRevokeGrant,
  kRevokeGrants,
  kDeleteGrant,
  kImportGrant,
  kGetKeyUsage,
  kListProviders,
  kCheckProvider,
  kGetStatus,
  kSetLogLevel,
};

// "GetFreshToken", without the service.
absl::string_view RpcName(Rpc rpc);
absl::optional<Rpc> ParseRpc(absl::string_view name);

// The name that somebody who wrote `name` probably meant; empty when none is near.
std::string NearestRpcName(absl::string_view name);

// What an RPC is about, and so which parts of a rule count for it.
enum class RpcTarget {
  // One grant, or each grant of a list: tenant, provider and subject.
  kGrant,
  // One provider, or each provider of a list.
  kProvider,
  // The broker itself.
  kBroker,
};
RpcTarget TargetOf(Rpc rpc);

// The RPCs of TokenBrokerService, which a rule's `*` stands for.
bool IsTokenBrokerRpc(Rpc rpc);

// All of them, as bits of one word.
class RpcSet {
 public:
  void Add(Rpc rpc) { bits_ |= Bit(rpc); }
  bool Has(Rpc rpc) const { return (bits_ & Bit(rpc)) != 0; }
  // Whether it has one that is about a grant, a provider.
  bool HasTarget(RpcTarget target) const;

  friend bool operator==(const RpcSet&, const RpcSet&) = default;

 private:
  static unsigned Bit(Rpc rpc) { return 1U << static_cast<unsigned>(rpc); }
  unsigned bits_ = 0;
};

}  // namespace tokenbroker
