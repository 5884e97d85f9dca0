#include "oauth/scope.h"

#include <absl/algorithm/container.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include "config/oauth_rules.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

void AppendMissing(const std::vector<std::string>& from, std::vector<std::string>* to) {
  for (const std::string& scope : from) {
    if (!absl::c_linear_search(*to, scope)) to->push_back(scope);
  }
}

}  // namespace

bool IsScopeToken(absl::string_view text) { return IsScope(text); }

absl::Status ValidateScopes(const std::vector<std::string>& scopes, ScopeSeparator separator) {
  const bool comma = separator == ScopeSeparator::kComma;
  for (size_t i = 0; i < scopes.size(); ++i) {
    if (IsScopeToken(scopes[i]) && !(comma && absl::StrContains(scopes[i], ','))) continue;
    Refusal refusal;
    refusal.reason = Reason::kScopeInvalid;
    refusal.message = absl::StrCat(
        "scopes[", i, "] is not a scope: give each scope as its own list entry, of printable ",
        "ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3)",
        comma ? ", and without commas, by which this provider separates them" : "");
    refusal.cause = "characters";
    return ToStatus(refusal);
  }
  return absl::OkStatus();
}

std::string JoinScopes(const std::vector<std::string>& scopes, ScopeSeparator separator) {
  return absl::StrJoin(scopes, separator == ScopeSeparator::kComma ? "," : " ");
}

std::vector<std::string> SplitScopes(absl::string_view text, ScopeSeparator separator) {
  std::vector<std::string> scopes;
  const absl::string_view separators = separator == ScopeSeparator::kComma ? ", " : " ";
  for (const absl::string_view scope : absl::StrSplit(text, absl::ByAnyChar(separators))) {
    if (IsScope(scope) && !absl::c_linear_search(scopes, scope)) scopes.emplace_back(scope);
  }
  return scopes;
}

std::vector<std::string> UnionOfScopes(const std::vector<std::string>& a,
                                       const std::vector<std::string>& b) {
  std::vector<std::string> all;
  AppendMissing(a, &all);
  AppendMissing(b, &all);
  return all;
}

bool AsksForOpenId(const std::vector<std::string>& scopes) {
  return absl::c_linear_search(scopes, "openid");
}

}  // namespace tokenbroker
