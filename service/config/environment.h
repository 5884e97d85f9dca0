// Replaces ${VAR} in values. Any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <functional>
#include <string>

namespace tokenbroker {

// The value of a variable, or nothing where it is not set. Any thread.
using Environment = std::function<absl::optional<std::string>(const std::string& name)>;

// This process's environment.
Environment ProcessEnvironment();

// `${VAR}` becomes its value, `${VAR:-default}` the default where VAR is unset or empty, `$$` a
// dollar sign; what comes in is not looked at again. INVALID_ARGUMENT for an undefined variable and
// any other `$`; the message names the variable and never a value.
absl::StatusOr<std::string> Substitute(absl::string_view text, const Environment& environment);

}  // namespace tokenbroker
