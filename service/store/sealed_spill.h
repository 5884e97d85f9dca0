// The writes that wait on disk while the store does not take them, as bytes to seal and as values:
// the arguments of Commit and of FinishExchange, whole. Pure functions; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "base/secret.h"
#include "store/grant_store.h"
#include "store/login_store.h"

namespace tokenbroker {

// What a spilled write is bound to (crypto/associated_data.h): only what it is. It names its owner
// itself, and is replayed the same wherever its file lies.
std::string SpilledCommitAssociatedData();
std::string SpilledExchangeAssociatedData();

// The bytes to seal.
Secret SerializeSpilledCommit(const CommitRequest& request);
Secret SerializeSpilledExchange(const FinishExchangeRequest& request);

// DATA_LOSS, without a word of the bytes, when they are none of ours; UNIMPLEMENTED when a newer
// version wrote a value that this one does not know.
absl::StatusOr<CommitRequest> ParseSpilledCommit(absl::string_view bytes);
absl::StatusOr<FinishExchangeRequest> ParseSpilledExchange(absl::string_view bytes);

}  // namespace tokenbroker
