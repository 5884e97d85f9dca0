// Duration fields of the configuration message, all of which must be positive. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>
#include <google/protobuf/duration.pb.h>

#include "config/config_errors.h"

namespace tokenbroker {

// The field's value, or `fallback` when it is not given. Adds to `errors` when it is zero.
absl::Duration PositiveDuration(bool given, const google::protobuf::Duration& value,
                                absl::Duration fallback, absl::string_view path,
                                ConfigErrors& errors);

// The same where not given means that there is none.
absl::optional<absl::Duration> OptionalDuration(bool given, const google::protobuf::Duration& value,
                                                absl::string_view path, ConfigErrors& errors);

}  // namespace tokenbroker
