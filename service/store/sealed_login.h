// A pending login and its outcome, as bytes to seal and as values. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "base/secret.h"
#include "store/login_store.h"

namespace tokenbroker {

// What a login and its outcome are bound to (crypto/associated_data.h). Whose they are is not known
// before they are open, so the hash of their state stands for the subject.
std::string LoginAssociatedData(absl::string_view state_hash);
std::string OutcomeAssociatedData(absl::string_view state_hash);

// The bytes to seal.
Secret SerializeLogin(const Login& login);
Secret SerializeOutcome(const LoginOutcome& outcome);

// DATA_LOSS, without a word of the bytes, when they are none of ours; UNIMPLEMENTED when a newer
// version wrote a value that this one does not know.
absl::StatusOr<Login> ParseLogin(absl::string_view bytes);
absl::StatusOr<LoginOutcome> ParseOutcome(absl::string_view bytes);

}  // namespace tokenbroker
