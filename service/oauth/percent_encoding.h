// Percent-encoding (RFC 3986 2.1) and the application/x-www-form-urlencoded format (RFC 6749
// appendix B) in both directions. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>
#include <utility>
#include <vector>

namespace tokenbroker {

// Form bodies write a space as '+'; in URIs %20 is read alike by everybody.
enum class SpaceAs { kPlus, kPercent20 };

// Appends `text` with everything but the unreserved characters (RFC 3986 2.3) escaped.
void AppendPercentEncoded(absl::string_view text, SpaceAs space, std::string* out);
// How many bytes that appends.
size_t PercentEncodedSize(absl::string_view text, SpaceAs space);

enum class PlusIs { kSpace, kPlus };

// nullopt for a '%' that no two hexadecimal digits follow.
absl::optional<std::string> PercentDecode(absl::string_view text, PlusIs plus);

using FormFields = std::vector<std::pair<std::string, std::string>>;

// The fields in their order, decoded; empty pieces ("a=1&&b=2") are skipped, a name without '=' has
// an empty value. INVALID_ARGUMENT (which quotes nothing) for a broken escape, an empty or repeated
// name, or more than 100 fields.
absl::StatusOr<FormFields> ParseForm(absl::string_view text);

}  // namespace tokenbroker
