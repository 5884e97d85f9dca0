// Which of a provider's client secrets to present.
#pragma once

#include "config/provider_config.h"

namespace tokenbroker {

// Loop thread only.
class SecretChooser {
 public:
  virtual ~SecretChooser() = default;
  // The secret that is known to work, else the newest that is not known to fail; an empty one for
  // public clients.
  virtual ClientSecret Choose(const ProviderConfig& config) = 0;
};

}  // namespace tokenbroker
