// The keyring file's text. One key a line, its four columns set apart by blanks; what follows a '#'
// is a comment:
//
//   # id               created               write_from            key
//   2026-11-24-3f9ac1  2026-11-24T14:52:07Z  2026-11-24T15:07:07Z  5uKqFSc7cJ5R0XbCQ9Gdsk6cSEjR...
//
// id: what sealed records name the key by. created, write_from: RFC 3339; the key is the write key
// from write_from until that of the next key. key: 32 random bytes in base64url. Pure functions;
// any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <string>

#include "base/secret.h"
#include "crypto/keyring.h"

namespace tokenbroker {

// INVALID_ARGUMENT for the first mistake: `file:line: what is wrong; the fix`. Never quotes the
// text.
absl::StatusOr<Keyring> ParseKeyring(absl::string_view text, absl::string_view file);

// RFC 3339 in UTC, as the file has it: 2026-11-24T14:52:07Z.
std::string FormatKeyTime(absl::Time time);

// ParseKeyring of it gives the same keyring. Comments that a file had before are not in it.
Secret FormatKeyring(const Keyring& keyring);

}  // namespace tokenbroker
