#include "config/duration_field.h"

namespace tokenbroker {

absl::Duration PositiveDuration(bool given, const google::protobuf::Duration& value,
                                absl::Duration fallback, absl::string_view path,
                                ConfigErrors& errors) {
  if (!given) return fallback;
  const absl::Duration duration = absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
  if (duration <= absl::ZeroDuration()) errors.Add(path, "is zero; write a positive duration");
  return duration;
}

absl::optional<absl::Duration> OptionalDuration(bool given, const google::protobuf::Duration& value,
                                                absl::string_view path, ConfigErrors& errors) {
  if (!given) return absl::nullopt;
  return PositiveDuration(given, value, absl::ZeroDuration(), path, errors);
}

}  // namespace tokenbroker
