// Text as a JSON string (RFC 8259). Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace tokenbroker {

// With its quotes. Bytes that are not UTF-8 become U+FFFD each: what comes out is always JSON.
void AppendJsonText(absl::string_view text, std::string* out);

inline std::string JsonText(absl::string_view text) {
  std::string out;
  AppendJsonText(text, &out);
  return out;
}

}  // namespace tokenbroker
