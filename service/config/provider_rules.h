// From one provider's section to its validated ProviderConfig. Any thread; blocks on secret files.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <memory>
#include <string>

#include "config/config_errors.h"
#include "config/file_reader.h"
#include "config/preset.h"
#include "config/provider_config.h"

namespace tokenbroker {

struct ProviderSection {
  std::string name;
  // The preset, where it has one, is merged in already.
  const config::v1::Provider& provider;
  const Presets& presets;
  // Relative paths count from here; empty or ends in '/'.
  const std::string& folder;
};

// Adds to `errors` whatever is missing, wrong or contradictory; the result means something only
// when that was nothing.
std::shared_ptr<const ProviderConfig> BuildProvider(const ProviderSection& section,
                                                    FileRecord& files, ConfigErrors& errors);

}  // namespace tokenbroker
