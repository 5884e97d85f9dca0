// Two lines of any bytes, a pattern and a caller's name. A name that is taken is plain and reads
// back; patterns match as a slow, simple matcher does; no subject pattern lets two callers meet.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "config/caller_pattern.h"
#include "config/subject_pattern.h"

namespace tokenbroker {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("._-/:").find(c) != absl::string_view::npos;
}

void CheckCaller(const Caller& caller) {
  Require(std::all_of(caller.name.begin(), caller.name.end(), IsNameCharacter));
  Require(caller.name.size() <= 2048 && !absl::EndsWith(caller.name, "/"));
  const absl::StatusOr<Caller> again = ParseCaller(caller.name);
  Require(again.ok() && *again == caller && again->kind == caller.kind);
  const absl::StatusOr<CallerPattern> exact = CallerPattern::Parse(caller.name);
  Require(exact.ok() && exact->text() == caller.name && exact->Matches(caller));
}

// `*` is one or more characters other than a slash.
bool SlowMatch(absl::string_view pattern, absl::string_view text) {
  if (pattern.empty()) return text.empty();
  if (text.empty()) return false;
  if (pattern[0] != '*')
    return pattern[0] == text[0] && SlowMatch(pattern.substr(1), text.substr(1));
  if (text[0] == '/') return false;
  return SlowMatch(pattern.substr(1), text.substr(1)) || SlowMatch(pattern, text.substr(1));
}

void CheckPattern(const CallerPattern& pattern, const absl::StatusOr<Caller>& caller) {
  const absl::StatusOr<CallerPattern> again = CallerPattern::Parse(pattern.text());
  Require(again.ok() && *again == pattern && again->text() == pattern.text());
  if (!caller.ok() || pattern.text().size() + caller->name.size() > 200) return;
  Require(pattern.Matches(*caller) == SlowMatch(pattern.text(), caller->name));
}

// What a pattern gives to one caller it does not give to another, whose name begins like its own.
void CheckSubjects(absl::string_view text, const Caller& caller) {
  const absl::StatusOr<SubjectPattern> pattern = SubjectPattern::Parse(text);
  if (!pattern.ok() || !absl::StrContains(text, "{caller}")) return;
  Require(pattern->text() == text);
  const std::string longer = absl::StrCat(caller.name, "x");
  const absl::StatusOr<Caller> other = ParseCaller(longer);
  if (!other.ok()) return;
  const std::string theirs =
      absl::StrCat(text.substr(0, text.find("{caller}")), longer,
                   text.substr(text.find("{caller}") + sizeof("{caller}") - 1));
  Require(pattern->For(*other).Matches(theirs));
  Require(!pattern->For(caller).Matches(theirs));
}

void CheckLines(absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(input, absl::MaxSplits('\n', 1));
  const absl::StatusOr<Caller> caller = ParseCaller(lines.second);
  if (caller.ok()) CheckCaller(*caller);
  const absl::StatusOr<CallerPattern> pattern = CallerPattern::Parse(lines.first);
  if (pattern.ok()) CheckPattern(*pattern, caller);
  if (caller.ok()) CheckSubjects(lines.first, *caller);
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::CheckLines(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
