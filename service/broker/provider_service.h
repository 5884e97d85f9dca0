// Looking at providers, as a transport sees it.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/provider_config.h"
#include "io/task.h"

namespace tokenbroker {

// A provider as it reads now.
struct ProviderView {
  std::shared_ptr<const ProviderConfig> config;
  // Configured or discovered; empty while not known.
  std::string authorization_endpoint;
  std::string token_endpoint;
  bool frozen = false;
};

struct ListProvidersQuery {
  // 1 to 1,000.
  int page_size = 100;
  std::string page;
  // Those alone are listed. Null: all.
  std::function<bool(absl::string_view provider)> covered;
};

struct ProviderPage {
  // Sorted by name.
  std::vector<ProviderView> providers;
  // Empty at the end.
  std::string next_page;
};

// One thing that was tried.
struct ProviderCheck {
  enum class Result { kPassed, kFailed, kSkipped };

  absl::string_view name;
  Result result = Result::kSkipped;
  // For people: what is wrong and what would mend it. Never a secret, nothing of an answer.
  std::string detail;
  absl::Duration duration;
};

// Loop thread only. Every refusal is a Refusal.
class ProviderService {
 public:
  virtual ~ProviderService() = default;

  // FIELD_INVALID for a page that no listing gave.
  virtual Task<absl::StatusOr<ProviderPage>> ListProviders(ListProvidersQuery query) = 0;
  // Tries `discovery`, `tls`, `token_endpoint` and `client_authentication`, in this order, with a
  // refresh token that is made up. No grant, no freeze and no count of failures changes by it. Who
  // asks while a check is under way gets that one's findings. PROVIDER_UNKNOWN; QUOTA_EXCEEDED when
  // the provider was checked a moment ago; DEADLINE_EXCEEDED: the check goes on.
  virtual Task<absl::StatusOr<std::vector<ProviderCheck>>> CheckProvider(std::string provider,
                                                                         SteadyTime deadline) = 0;
};

}  // namespace tokenbroker
