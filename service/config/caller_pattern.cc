#include "config/caller_pattern.h"

#include <absl/strings/match.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

constexpr absl::string_view kSpiffe = "spiffe://";
constexpr absl::string_view kServiceAccount = "serviceaccount:";

// Where the part begins that may have wildcards; npos when none may.
size_t SegmentsBegin(absl::string_view text) {
  if (absl::StartsWith(text, kServiceAccount)) return kServiceAccount.size();
  if (!absl::StartsWith(text, kSpiffe)) return absl::string_view::npos;
  const size_t slash = text.find('/', kSpiffe.size());
  return slash == absl::string_view::npos ? slash : slash + 1;
}

absl::Status CheckWildcards(absl::string_view text, size_t segments_begin) {
  if (text == "*") {
    return absl::InvalidArgumentError(
        "is no caller; there is no pattern for everybody, name anonymous and each trust domain");
  }
  if (absl::StrContains(text.substr(0, segments_begin), '*')) {
    return absl::InvalidArgumentError(
        "has a '*' where none is taken; it stands in the path of a SPIFFE ID, or in a service "
        "account's namespace or name");
  }
  if (segments_begin == absl::string_view::npos) return absl::OkStatus();
  for (const absl::string_view segment : absl::StrSplit(text.substr(segments_begin), '/')) {
    if (std::count(segment.begin(), segment.end(), '*') > 1) {
      return absl::InvalidArgumentError("has two '*' between two slashes; keep one of them");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CallerPattern> CallerPattern::Parse(absl::string_view text) {
  const size_t begin = SegmentsBegin(text);
  TB_RETURN_IF_ERROR(CheckWildcards(text, begin));
  CallerPattern pattern;
  // What some caller could be called must be written like a caller's name.
  TB_ASSIGN_OR_RETURN(const Caller example, ParseCaller(absl::StrReplaceAll(text, {{"*", "a"}})));
  if (begin == absl::string_view::npos) {
    pattern.text_ = pattern.head_ = example.name;
    return pattern;
  }
  pattern.text_.assign(text.data(), text.size());
  pattern.head_ = pattern.text_.substr(0, begin);
  for (const absl::string_view segment : absl::StrSplit(text.substr(begin), '/')) {
    const std::vector<std::string> parts = absl::StrSplit(segment, '*');
    pattern.segments_.push_back(
        {parts.size() == 2, parts.front(), parts.size() == 2 ? parts[1] : ""});
  }
  return pattern;
}

bool CallerPattern::SegmentMatches(const Segment& segment, absl::string_view text) {
  if (!segment.has_wildcard) return text == segment.before;
  return text.size() > segment.before.size() + segment.after.size() &&
         absl::StartsWith(text, segment.before) && absl::EndsWith(text, segment.after);
}

bool CallerPattern::Matches(const Caller& caller) const {
  if (segments_.empty()) return caller.name == head_;
  absl::string_view rest = caller.name;
  if (!absl::ConsumePrefix(&rest, head_)) return false;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const size_t slash = rest.find('/');
    const bool is_last = i + 1 == segments_.size();
    if (is_last != (slash == absl::string_view::npos)) return false;
    if (!SegmentMatches(segments_[i], rest.substr(0, slash))) return false;
    if (!is_last) rest.remove_prefix(slash + 1);
  }
  return true;
}

}  // namespace tokenbroker
