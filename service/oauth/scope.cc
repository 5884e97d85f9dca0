#include "oauth/scope.h"

#include <absl/algorithm/container.h>
#include <absl/strings/str_cat.h>

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

absl::Status ValidateScopes(const std::vector<std::string>& scopes) {
  for (size_t i = 0; i < scopes.size(); ++i) {
    if (IsScopeToken(scopes[i])) continue;
    Refusal refusal;
    refusal.reason = Reason::kScopeInvalid;
    refusal.message = absl::StrCat(
        "scopes[", i, "] is not a scope: give each scope as its own list entry, of printable ",
        "ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3)");
    refusal.cause = "characters";
    return ToStatus(refusal);
  }
  return absl::OkStatus();
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
