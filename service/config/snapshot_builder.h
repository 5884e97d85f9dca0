// From the whole message to the validated Snapshot. Any thread; blocks on secret files.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/config_errors.h"
#include "config/file_reader.h"
#include "config/preset.h"
#include "config/snapshot.h"

namespace tokenbroker {

// Adds to `errors` whatever is missing, wrong or contradictory; the result means something only
// when that was nothing. Relative paths count from `folder`, which is empty or ends in '/'.
Snapshot BuildSnapshot(const config::v1::Config& config, const Presets& presets,
                       const std::string& folder, FileRecord& files, ConfigErrors& errors);

}  // namespace tokenbroker
