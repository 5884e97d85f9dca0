// The text that names a place in a listing of grants. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "token/grant_key.h"

namespace tokenbroker {

// ParsePageToken(MakePageToken(key)) == key; nullopt for any text that it did not make.
std::string MakePageToken(const GrantKey& key);
absl::optional<GrantKey> ParsePageToken(absl::string_view token);

}  // namespace tokenbroker
