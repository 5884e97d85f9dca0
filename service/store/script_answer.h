// What a script of the store answered, read out of Redis' reply. A plain value; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "redis/reply.h"
#include "token/store_time.h"

namespace tokenbroker {

// The fields of a hash in Redis. A field that is not there is an empty, zero or unset value.
class RecordFields {
 public:
  bool empty() const { return fields_.empty(); }
  void Reserve(size_t fields) { fields_.reserve(fields); }
  // Once for each name.
  void Add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  bool Has(absl::string_view name) const { return Find(name) != nullptr; }
  // Empty when it is not there.
  const std::string& Text(absl::string_view name) const;
  // 0 when it is not there or no number.
  int64_t Number(absl::string_view name) const;
  // Milliseconds since 1970; nullopt when it is not there.
  absl::optional<absl::Time> Time(absl::string_view name) const;
  // The epoch when it is not there.
  absl::Time TimeOrEpoch(absl::string_view name) const;

 private:
  // Null when it is not there.
  const std::string* Find(absl::string_view name) const;

  // Some two dozen: a look through them is faster than a table.
  std::vector<std::pair<std::string, std::string>> fields_;
};

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

// Times as scripts read and write them: whole milliseconds, rounded down; "inf" and "-inf" at the
// ends; empty for the epoch, which stands for no time at all.
std::string MillisText(absl::Time t);
std::string MillisText(const absl::optional<absl::Time>& t);

}  // namespace tokenbroker
