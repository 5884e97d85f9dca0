#include "config/rpc_name.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "config/nearest_name.h"

namespace tokenbroker {
namespace {

struct Entry {
  Rpc rpc;
  absl::string_view name;
  RpcTarget target;
  bool token_broker = false;
};

// In the order of the enum.
constexpr Entry kEntries[] = {
    {Rpc::kBuildLoginUri, "BuildLoginUri", RpcTarget::kGrant, true},
    {Rpc::kExchangeCode, "ExchangeCode", RpcTarget::kGrant, true},
    {Rpc::kGetFreshToken, "GetFreshToken", RpcTarget::kGrant, true},
    {Rpc::kWatchToken, "WatchToken", RpcTarget::kGrant, true},
    {Rpc::kGetGrant, "GetGrant", RpcTarget::kGrant},
    {Rpc::kListGrants, "ListGrants", RpcTarget::kGrant},
    {Rpc::kRefreshGrant, "RefreshGrant", RpcTarget::kGrant},
    {Rpc::kRevokeGrant, "RevokeGrant", RpcTarget::kGrant},
    {Rpc::kRevokeGrants, "RevokeGrants", RpcTarget::kGrant},
    {Rpc::kDeleteGrant, "DeleteGrant", RpcTarget::kGrant},
    {Rpc::kImportGrant, "ImportGrant", RpcTarget::kGrant},
    {Rpc::kGetKeyUsage, "GetKeyUsage", RpcTarget::kBroker},
    {Rpc::kListProviders, "ListProviders", RpcTarget::kProvider},
    {Rpc::kCheckProvider, "CheckProvider", RpcTarget::kProvider},
    {Rpc::kGetStatus, "GetStatus", RpcTarget::kBroker},
    {Rpc::kSetLogLevel, "SetLogLevel", RpcTarget::kBroker},
};

const Entry& EntryOf(Rpc rpc) { return kEntries[static_cast<size_t>(rpc)]; }

}  // namespace

absl::string_view RpcName(Rpc rpc) { return EntryOf(rpc).name; }

absl::optional<Rpc> ParseRpc(absl::string_view name) {
  const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries),
                                   [name](const Entry& e) { return e.name == name; });
  if (entry == std::end(kEntries)) return absl::nullopt;
  return entry->rpc;
}

std::string NearestRpcName(absl::string_view name) {
  std::vector<std::string> known;
  for (const Entry& entry : kEntries) known.emplace_back(entry.name.data(), entry.name.size());
  return NearestName(name, known);
}

RpcTarget TargetOf(Rpc rpc) { return EntryOf(rpc).target; }

RpcSet RpcSet::All() {
  RpcSet all;
  for (const Entry& entry : kEntries) all.Add(entry.rpc);
  return all;
}

RpcSet RpcSet::TokenBroker() {
  RpcSet set;
  for (const Entry& entry : kEntries) {
    if (entry.token_broker) set.Add(entry.rpc);
  }
  return set;
}

bool RpcSet::HasTarget(RpcTarget target) const {
  return std::any_of(std::begin(kEntries), std::end(kEntries),
                     [this, target](const Entry& e) { return e.target == target && Has(e.rpc); });
}

}  // namespace tokenbroker
