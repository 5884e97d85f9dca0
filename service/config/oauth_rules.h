// The small grammars of names and parameters in a provider's configuration. Any thread.
#pragma once

#include <absl/strings/string_view.h>

namespace tokenbroker {

// A lower-case letter or digit, then up to 62 of lower-case letters, digits, `_`, `-`.
bool IsProviderName(absl::string_view name);

// RFC 6749 3.3: one scope, printable ASCII without space, quote and backslash.
bool IsScope(absl::string_view scope);

// Authorization parameters that the broker sets itself, or that would replace those (RFC 9101).
bool IsReservedAuthorizationParam(absl::string_view name);

// RFC 6901, but for the empty pointer: the whole answer is nobody's id.
bool IsJsonPointer(absl::string_view text);

// Values of an answer or a callback that must not become a grant's attribute.
bool IsSecretAttribute(absl::string_view name);

}  // namespace tokenbroker
