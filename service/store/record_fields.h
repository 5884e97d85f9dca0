// The fields of a record or of an answer, as the store's scripts send them.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tokenbroker {

// The fields of a hash in Redis. A field that is not there is an empty, zero or unset value.
// A plain value; any thread.
class RecordFields {
 public:
  RecordFields() = default;
  // What the scripts' `flatten` packs: a MessagePack array of names and values in turn, all of them
  // strings, each name once. nullopt for anything else.
  static absl::optional<RecordFields> Unpack(std::string packed);

  bool empty() const { return fields_.empty(); }
  bool Has(absl::string_view name) const { return Find(name) != nullptr; }
  // Empty when it is not there. Good for as long as the record is left as it is.
  absl::string_view Text(absl::string_view name) const;
  // 0 when it is not there or no number.
  int64_t Number(absl::string_view name) const;
  // nullopt when it is not there or no time.
  absl::optional<absl::Time> Time(absl::string_view name) const;
  // The epoch when it is not there.
  absl::Time TimeOrEpoch(absl::string_view name) const;

 private:
  // A part of packed_: what is moved or copied stays right.
  struct Span {
    uint32_t at = 0;
    uint32_t size = 0;
  };
  absl::string_view In(Span span) const { return {packed_.data() + span.at, span.size}; }
  // Null when it is not there.
  const Span* Find(absl::string_view name) const;

  std::string packed_;
  // Some two dozen: a look through them is faster than a table.
  std::vector<std::pair<Span, Span>> fields_;
};

// Times as scripts read and write them: whole milliseconds, rounded down; "inf" and "-inf" at the
// ends; empty for the epoch, which stands for no time at all.
std::string MillisText(absl::Time t);
std::string MillisText(const absl::optional<absl::Time>& t);
// nullopt unless all of it is such a time.
absl::optional<absl::Time> ParseMillis(absl::string_view text);

}  // namespace tokenbroker
