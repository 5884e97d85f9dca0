// Which subjects a rule is for: literal text with at most one `*`, which stands for any run of
// characters, also none and also across `/`; and at most one `{caller}`, which stands for the
// caller's own name. Immutable; any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

#include "config/caller.h"

namespace tokenbroker {

// A pattern with the caller's name put in.
class BoundSubjectPattern {
 public:
  // Does not allocate.
  bool Matches(absl::string_view subject) const;

 private:
  friend class SubjectPattern;
  bool has_wildcard_ = false;
  std::string before_;
  std::string after_;
};

class SubjectPattern {
 public:
  // INVALID_ARGUMENT; the message is what is wrong and the fix, without the value. Refused too is
  // what would let a caller into the subjects of another, whose name begins with its own: right
  // after `{caller}` may stand no character that a name could go on with, but for a `/`.
  static absl::StatusOr<SubjectPattern> Parse(absl::string_view text);

  BoundSubjectPattern For(const Caller& caller) const;

  // As it was written.
  const std::string& text() const { return text_; }

  friend bool operator==(const SubjectPattern& a, const SubjectPattern& b) {
    return a.text_ == b.text_;
  }

 private:
  explicit SubjectPattern(absl::string_view text) : text_(text.data(), text.size()) {}
  std::string text_;
};

}  // namespace tokenbroker
