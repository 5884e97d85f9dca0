// A provider ready to be called: its configuration, and its endpoints where discovery found them.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "config/provider_config.h"
#include "io/task.h"

namespace tokenbroker {

// Immutable.
struct ResolvedProvider {
  std::shared_ptr<const ProviderConfig> config;
  // As in the metadata or the configuration; empty when neither says.
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string revocation_endpoint;
  std::string userinfo_endpoint;
  // The metadata announces authorization_response_iss_parameter_supported (RFC 9207): a callback
  // without `iss` is refused.
  bool issuer_required = false;
};

// What came of asking an issuer for its metadata, for whoever wants to know what is wrong.
struct DiscoveryTrial {
  // False: the provider has no issuer, so that there is nobody to ask.
  bool asked = false;
  // Empty when it worked. Else the broker's word (TokenAnswer::error; "no_metadata",
  // "metadata_refused"), and what would mend it.
  std::string error;
  std::string message;
};

// Loop thread only.
class ProviderResolver {
 public:
  virtual ~ProviderResolver() = default;
  // The provider as the present configuration has it. INVALID_ARGUMENT PROVIDER_UNKNOWN when it
  // names none such; UNAVAILABLE PROVIDER_UNAVAILABLE when discovery fails (it is tried again);
  // FAILED_PRECONDITION PROVIDER_MISCONFIGURED when its metadata is not to be believed.
  virtual Task<absl::StatusOr<std::shared_ptr<const ResolvedProvider>>> Resolve(
      std::string name) = 0;
  // As Resolve, but by what is known already: nobody is asked.
  virtual absl::StatusOr<std::shared_ptr<const ResolvedProvider>> Known(
      const std::string& name) = 0;
  // Asks the provider's issuer now, whatever is remembered. What it brings is used from now on; a
  // failure changes nothing. PROVIDER_UNKNOWN.
  virtual Task<absl::StatusOr<DiscoveryTrial>> TryDiscovery(std::string name) = 0;
};

}  // namespace tokenbroker
