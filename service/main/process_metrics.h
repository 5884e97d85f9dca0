// What every exporter tells of its process (process_cpu_seconds_total and the like), and which
// build it is.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/metrics.h"

namespace tokenbroker {

// From now on in `metrics`, until the reading ends. The process began about now.
[[nodiscard]] Metrics::Reading ShowProcess(Metrics& metrics, const Clock& clock);

// tokenbroker_build_info.
void ShowBuild(Metrics& metrics, const std::string& version);

}  // namespace tokenbroker
