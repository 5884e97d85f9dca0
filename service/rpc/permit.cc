#include "rpc/permit.h"

#include "token/refusal.h"

namespace tokenbroker {
namespace {

absl::Status Note(const absl::optional<Permission>& permission, const CallInfo& call) {
  if (!permission) return CallerNotAllowed();
  call.notes->rule = std::string(permission->rule);
  return absl::OkStatus();
}

}  // namespace

absl::Status PermitForProvider(const CallInfo& call, Rpc rpc, const std::string& provider) {
  if (provider.empty() || provider.size() > kMaxProviderBytes) {
    return FieldInvalid("provider", "must name a configured provider");
  }
  call.notes->key.provider = provider;
  return Note(call.caller->rights->Find(rpc, "", provider, ""), call);
}

absl::Status PermitForBroker(const CallInfo& call, Rpc rpc) {
  return Note(call.caller->rights->Find(rpc, "", "", ""), call);
}

}  // namespace tokenbroker
