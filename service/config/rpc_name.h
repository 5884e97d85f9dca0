// The RPCs that a policy speaks of. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <cstdint>
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

// A set of RPCs in one word.
class RpcSet {
 public:
  static RpcSet All();
  // Those of TokenBrokerService: what `*` stands for.
  static RpcSet TokenBroker();

  void Add(Rpc rpc) { bits_ |= Bit(rpc); }
  void Add(RpcSet others) { bits_ |= others.bits_; }
  bool Has(Rpc rpc) const { return (bits_ & Bit(rpc)) != 0; }
  bool empty() const { return bits_ == 0; }
  // Whether one of them is about such a thing.
  bool HasTarget(RpcTarget target) const;

  friend bool operator==(const RpcSet&, const RpcSet&) = default;

 private:
  static uint32_t Bit(Rpc rpc) { return uint32_t{1} << static_cast<uint32_t>(rpc); }
  uint32_t bits_ = 0;
};

}  // namespace tokenbroker
