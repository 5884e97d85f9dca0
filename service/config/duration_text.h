// Durations as people write them in the configuration. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

namespace tokenbroker {

// One decimal number and one unit of `ms`, `s`, `m`, `h`: `250ms`, `1.5s`, `30m`, `4320h`; at most
// ten years. Nothing for anything else, a sign, another unit and several numbers included.
absl::optional<absl::Duration> ParseDurationText(absl::string_view text);

}  // namespace tokenbroker
