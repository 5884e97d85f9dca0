#include "config/duration_text.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <string>

namespace tokenbroker {

absl::optional<absl::Duration> ParseDurationText(absl::string_view text) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  const size_t unit_at = static_cast<size_t>(
      std::find_if(text.begin(), text.end(), absl::ascii_isalpha) - text.begin());
  const absl::string_view number = text.substr(0, unit_at);
  const absl::string_view unit = text.substr(unit_at);
  if (unit != "ms" && unit != "s" && unit != "m" && unit != "h") return absl::nullopt;
  if (number.empty() || !is_digit(number.front()) || !is_digit(number.back())) return absl::nullopt;
  if (std::count(number.begin(), number.end(), '.') > 1) return absl::nullopt;
  if (!std::all_of(number.begin(), number.end(), [&](char c) { return c == '.' || is_digit(c); })) {
    return absl::nullopt;
  }
  absl::Duration parsed;
  if (!absl::ParseDuration(text, &parsed)) return absl::nullopt;
  if (parsed > absl::Hours(24 * 3653)) return absl::nullopt;
  return parsed;
}

}  // namespace tokenbroker
