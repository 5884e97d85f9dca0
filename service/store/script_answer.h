// What a script of the store answered, read out of Redis' reply. A plain value; any thread.
#pragma once

#include <absl/types/optional.h>

#include <string>
#include <vector>

#include "redis/reply.h"
#include "store/record_fields.h"
#include "token/store_time.h"

namespace tokenbroker {

struct ScriptAnswer {
  // The protocol's word: "GO", "NO_STORE", "STORED", ...
  std::string outcome;
  StoreTimeMark time;
  RecordFields values;
  std::vector<RecordFields> records;
  std::vector<std::string> items;
};

// An answer without a mark's steady time; nullopt when `reply` has another shape.
absl::optional<ScriptAnswer> ReadScriptAnswer(RedisReply reply);

}  // namespace tokenbroker
