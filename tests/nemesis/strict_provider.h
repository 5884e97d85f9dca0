// oidc-provider as a second provider of a run: every refresh token is good for one use, and a
// second use ends its grant.
#pragma once

#include <absl/time/time.h>

#include <set>
#include <string>

#include "tests/provider_simulator/token_history.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

// For the one thread that made it: it goes with that thread.
class StrictProvider {
 public:
  // Returns when it listens.
  explicit StrictProvider(absl::Duration token_life);

  const std::string& issuer() const { return issuer_; }
  // Its entry under `providers:`, by the name "oidc".
  std::string Yaml(const std::string& request_timeout, const std::string& margin) const;
  // The callback that the browser of the account's owner comes back with.
  static std::string Approve(const std::string& login_uri, const std::string& account);

  // What it was asked so far and gave, in the order of the asking.
  provider_simulator::TokenHistory history() const;
  // Whose grants were ended by a second use.
  std::set<std::string> revoked() const;

 private:
  TempFolder folder_;
  const std::string secret_file_;
  ChildProcess process_;
  std::string issuer_;
  std::string redirect_uri_;
};

}  // namespace tokenbroker
