// Text as a JSON string (RFC 8259). Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <string>

namespace tokenbroker {

// The most that WriteJsonText writes for so many bytes: each as \u and four digits, and the quotes.
constexpr size_t JsonTextBound(size_t bytes) { return 2 + 6 * bytes; }

// With its quotes; its end. Bytes that are not UTF-8 become U+FFFD each: what comes out is always
// JSON. REQUIRES: there is room for JsonTextBound(text.size()) bytes.
char* WriteJsonText(absl::string_view text, char* out);

std::string JsonText(absl::string_view text);

}  // namespace tokenbroker
