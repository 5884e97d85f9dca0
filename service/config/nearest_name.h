// Guesses the name that somebody meant. Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <vector>

namespace tokenbroker {

// clientId, client-id and client_id are the same to somebody in a hurry: lower case, without `_`
// and `-`.
std::string PlainName(absl::string_view name);

// The known name that is nearest to `name` by PlainName; empty when none is near enough to be
// meant.
std::string NearestName(absl::string_view name, const std::vector<std::string>& known);

}  // namespace tokenbroker
