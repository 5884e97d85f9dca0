// Which callers a rule is for: a caller's name, or one with wildcards. Immutable; any thread.
//
//   anonymous
//   spiffe://prod.example/ns/*/sa/player-*     at most one `*` in each segment of the path
//   dns:player.example                         exactly
//   serviceaccount:music/player-*              at most one `*` in each of the two
//
// A `*` stands for at least one character, none of them a `/`. The trust domain is no pattern.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "config/caller.h"

namespace tokenbroker {

class CallerPattern {
 public:
  // INVALID_ARGUMENT; the message is what is wrong and the fix, without the value.
  static absl::StatusOr<CallerPattern> Parse(absl::string_view text);

  // Does not allocate.
  bool Matches(const Caller& caller) const;

  // As it was written, a DNS name in lower case.
  const std::string& text() const { return text_; }

  friend bool operator==(const CallerPattern& a, const CallerPattern& b) {
    return a.text_ == b.text_;
  }

 private:
  // Between two slashes: literal text, or a `*` between `before` and `after`.
  struct Segment {
    bool has_wildcard = false;
    std::string before;
    std::string after;
  };
  static bool SegmentMatches(const Segment& segment, absl::string_view text);

  std::string text_;
  // What names begin with, up to the first segment; the whole name when there are none.
  std::string head_;
  std::vector<Segment> segments_;
};

}  // namespace tokenbroker
