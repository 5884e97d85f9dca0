// The words in which a caller is refused. Pure functions; any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

namespace tokenbroker {

// UNAUTHENTICATED CALLER_UNKNOWN. `why`: of what the caller itself showed, nothing else.
absl::Status CallerUnknown(absl::string_view why);

// UNAVAILABLE CALLER_CHECK_UNAVAILABLE: whoever can say who calls does not answer.
absl::Status CallerCheckUnavailable();

}  // namespace tokenbroker
