// A script's call as the command that a server reads.
#pragma once

#include <absl/strings/string_view.h>

#include "redis/command.h"
#include "redis/redis_client.h"

namespace tokenbroker {

// EVALSHA, which a server that does not know the script refuses with NOSCRIPT, and EVAL.
EncodedCommands EncodeBySha(const ScriptCall& call, absl::string_view run_id);
EncodedCommands EncodeBySource(const ScriptCall& call, absl::string_view run_id);

}  // namespace tokenbroker
