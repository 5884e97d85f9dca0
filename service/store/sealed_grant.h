// The part of a grant that is sealed, as bytes to seal and as a value: its tokens, client, account
// and attributes. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

#include "base/secret.h"
#include "token/grant.h"

namespace tokenbroker {

// What a grant's sealed part is bound to (crypto/associated_data.h): it opens for this grant at
// this generation only.
std::string GrantAssociatedData(const GrantKey& key, int64_t generation);

// The bytes to seal. `previous`: those of the record that is rewritten, whose fields of a newer
// version are carried over; empty for a new one.
Secret SerializeSealedGrant(const Grant& grant, absl::string_view previous = {});

// Whether sealed bytes have fields that only a newer version knows.
enum class NewerFields { kNone, kSome };
// Sets the fields of `grant` that are sealed and leaves the rest. DATA_LOSS, without a word of the
// bytes, when they are none of ours.
absl::StatusOr<NewerFields> ParseSealedGrant(absl::string_view bytes, Grant* grant);

}  // namespace tokenbroker
