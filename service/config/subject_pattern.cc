#include "config/subject_pattern.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <vector>

namespace tokenbroker {
namespace {

constexpr absl::string_view kCaller = "{caller}";

// What a caller's name may go on with, but for a slash.
bool GoesOn(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ||
         c == '*';
}

}  // namespace

absl::StatusOr<SubjectPattern> SubjectPattern::Parse(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("is empty; write a subject, or * for all");
  if (std::count(text.begin(), text.end(), '*') > 1) {
    return absl::InvalidArgumentError("has two '*'; keep one, it stands for any run of characters");
  }
  const size_t caller = text.find(kCaller);
  const bool has_caller = caller != absl::string_view::npos;
  const auto braces =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '{' || c == '}'; });
  if (braces != (has_caller ? 2 : 0)) {
    return absl::InvalidArgumentError("has braces other than of one {caller}; take them out");
  }
  if (!has_caller) return SubjectPattern(text);
  const absl::string_view rest = text.substr(caller + kCaller.size());
  if (!rest.empty() && GoesOn(rest[0])) {
    return absl::InvalidArgumentError(
        "would let a caller into the subjects of others, whose names begin with its own; write a "
        "':' after {caller}");
  }
  return SubjectPattern(text);
}

BoundSubjectPattern SubjectPattern::For(const Caller& caller) const {
  BoundSubjectPattern bound;
  // Split first: what comes in by a name is never a wildcard.
  const std::vector<absl::string_view> parts = absl::StrSplit(text_, '*');
  bound.before_ = absl::StrReplaceAll(parts[0], {{kCaller, caller.name}});
  bound.has_wildcard_ = parts.size() > 1;
  if (bound.has_wildcard_) bound.after_ = absl::StrReplaceAll(parts[1], {{kCaller, caller.name}});
  return bound;
}

bool BoundSubjectPattern::Matches(absl::string_view subject) const {
  if (!has_wildcard_) return subject == before_;
  return subject.size() >= before_.size() + after_.size() && absl::StartsWith(subject, before_) &&
         absl::EndsWith(subject, after_);
}

}  // namespace tokenbroker
