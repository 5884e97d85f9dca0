#include "config/environment.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdlib>

#include "base/status_macros.h"
#include "config/config_errors.h"

namespace tokenbroker {
namespace {

bool IsName(absl::string_view text) {
  if (text.empty() || absl::ascii_isdigit(static_cast<unsigned char>(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

// The value of what stands between the braces.
absl::StatusOr<std::string> Lookup(absl::string_view inside, const Environment& environment) {
  const size_t dash = inside.find(":-");
  const absl::string_view name = inside.substr(0, dash);
  if (!IsName(name)) {
    return absl::InvalidArgumentError(
        "has a ${...} that names no variable; write ${NAME} or ${NAME:-default}");
  }
  absl::optional<std::string> value = environment(std::string(name.data(), name.size()));
  if (dash != absl::string_view::npos) {
    const absl::string_view fallback = inside.substr(dash + 2);
    if (!value.has_value() || value->empty()) {
      value = std::string(fallback.data(), fallback.size());
    }
  }
  if (!value.has_value()) {
    const std::string shown = Printable(name);
    return absl::InvalidArgumentError(absl::StrCat("the environment variable ", shown,
                                                   " is not set; set it, or write ${", shown,
                                                   ":-default}"));
  }
  return *std::move(value);
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> absl::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return absl::nullopt;
    return std::string(value);
  };
}

absl::StatusOr<std::string> Substitute(absl::string_view text, const Environment& environment) {
  std::string out;
  while (true) {
    const size_t dollar = text.find('$');
    absl::StrAppend(&out, text.substr(0, dollar));
    if (dollar == absl::string_view::npos) return out;
    text.remove_prefix(dollar + 1);
    if (!text.empty() && text[0] == '$') {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const size_t end = text.find('}');
    if (text.empty() || text[0] != '{' || end == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          "has a lone $; write ${NAME} for a variable, or $$ for a dollar sign");
    }
    TB_ASSIGN_OR_RETURN(const std::string value, Lookup(text.substr(1, end - 1), environment));
    out += value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace tokenbroker
