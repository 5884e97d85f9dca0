#include "config/policy_section.h"

#include <absl/strings/str_cat.h>

#include <memory>
#include <utility>

#include "config/config_path.h"
#include "config/network_rules.h"
#include "config/policy_file.h"

namespace tokenbroker {
namespace {

constexpr char kKey[] = "policy_file";

bool NetworkReaches(const ServerConfig& server) {
  ListenerKind kind = ListenerKind::kLoopback;
  return ParseListener(server.listen, &kind).ok() && kind == ListenerKind::kNetwork;
}

}  // namespace

void TakePolicy(const config::v1::Config& config, const std::string& folder,
                const Environment& environment, FileRecord& files, Snapshot& snapshot,
                ConfigErrors& errors) {
  if (!config.has_policy_file()) {
    if (NetworkReaches(snapshot.server)) {
      errors.Add(kKey,
                 "is missing, and server.listen lets the whole network in; name a policy file, or "
                 "listen on 127.0.0.1 or unix:/path");
    }
    return;
  }
  if (config.policy_file().empty()) {
    return errors.Add(kKey, "is empty; name a policy file or leave the key out");
  }
  const std::string path = ResolvePath(folder, config.policy_file());
  absl::StatusOr<Policy> policy = ReadPolicyFile(path, environment, files);
  if (!policy.ok()) {
    return errors.Add(kKey, absl::StrCat("cannot be taken:\n", policy.status().message()));
  }
  snapshot.has_policy = true;
  snapshot.policy = std::make_shared<const Policy>(*std::move(policy));
}

}  // namespace tokenbroker
