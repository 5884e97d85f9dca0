#include "oauth/callback.h"

#include <absl/algorithm/container.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"
#include "oauth/percent_encoding.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

absl::Status Malformed(absl::string_view field, absl::string_view problem) {
  Refusal refusal;
  refusal.reason = Reason::kCallbackMalformed;
  refusal.message = absl::StrCat(field, " ", problem);
  refusal.cause = std::string(field);
  return ToStatus(refusal);
}

// What stands before the query and the query itself, without fragment.
struct Split {
  absl::string_view location;
  absl::string_view query;
};

// "scheme:/", the way only an absolute URL begins: a query has its '=' first.
bool BeginsWithScheme(absl::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == absl::string_view::npos || colon == 0 || !absl::StartsWith(uri.substr(colon), ":/"))
    return false;
  return absl::c_all_of(uri.substr(0, colon), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
  });
}

Split SplitUri(absl::string_view uri) {
  uri = uri.substr(0, uri.find('#'));
  if (!absl::StartsWith(uri, "/") && !absl::StartsWith(uri, "?") && !BeginsWithScheme(uri)) {
    return {"", uri};
  }
  const size_t question = uri.find('?');
  if (question == absl::string_view::npos) return {uri, ""};
  return {uri.substr(0, question), uri.substr(question + 1)};
}

// The decoded path of "scheme://authority/path" or "/path"; "/" for an empty one.
absl::optional<std::string> PathOf(absl::string_view location) {
  if (const size_t colon = location.find(":/");
      !absl::StartsWith(location, "/") && colon != absl::string_view::npos) {
    location.remove_prefix(colon + 1);
    if (absl::StartsWith(location, "//")) {
      const size_t slash = location.find('/', 2);
      location = slash == absl::string_view::npos ? "/" : location.substr(slash);
    }
  }
  return PercentDecode(location, PlusIs::kPlus);
}

absl::Status CheckPart(absl::string_view field, absl::string_view value, size_t most) {
  if (value.size() > most) return Malformed(field, absl::StrCat("is longer than ", most, " bytes"));
  if (!IsPrintableUtf8(value)) {
    return Malformed(field, "holds control characters or ill-formed UTF-8");
  }
  return absl::OkStatus();
}

absl::Status CheckWhole(const Callback& callback) {
  TB_RETURN_IF_ERROR(CheckPart("state", callback.state, kMaxStateBytes));
  TB_RETURN_IF_ERROR(CheckPart("code", callback.code.Expose(), kMaxCodeBytes));
  TB_RETURN_IF_ERROR(CheckPart("error", callback.error, kMaxStateBytes));
  TB_RETURN_IF_ERROR(CheckPart("issuer", callback.issuer.value_or(""), kMaxIssuerBytes));
  if (callback.state.empty()) return Malformed("state", "is missing");
  if (callback.code.empty() && callback.error.empty()) {
    return Malformed("callback", "has neither a code nor an error");
  }
  if (!callback.code.empty() && !callback.error.empty()) {
    return Malformed("callback", "has both a code and an error");
  }
  return absl::OkStatus();
}

absl::StatusOr<Callback> FromUri(absl::string_view uri) {
  if (uri.size() > kMaxCallbackBytes) {
    return Malformed("callback_uri", absl::StrCat("is longer than ", kMaxCallbackBytes, " bytes"));
  }
  if (!IsPrintableUtf8(uri)) {
    return Malformed("callback_uri", "holds control characters or ill-formed UTF-8");
  }
  const Split split = SplitUri(uri);
  absl::StatusOr<FormFields> fields = ParseForm(split.query);
  if (!fields.ok()) return Malformed("callback_uri", fields.status().message());
  Callback callback;
  if (!split.location.empty()) {
    callback.path = PathOf(split.location);
    if (!callback.path) return Malformed("callback_uri", "has a broken percent-escape");
  }
  for (auto& [name, value] : *fields) {
    if (name == "state") {
      callback.state = std::move(value);
    } else if (name == "code") {
      callback.code = Secret(std::move(value));
    } else if (name == "error") {
      callback.error = std::move(value);
    } else if (name == "iss") {
      callback.issuer = std::move(value);
    } else {
      callback.others.emplace(std::move(name), std::move(value));
    }
  }
  return callback;
}

Callback FromParts(const CallbackInput& input) {
  Callback callback;
  callback.state = std::string(input.state);
  callback.code = Secret(std::string(input.code));
  callback.error = std::string(input.error);
  if (!input.issuer.empty()) callback.issuer = std::string(input.issuer);
  return callback;
}

}  // namespace

absl::StatusOr<Callback> ParseCallback(const CallbackInput& input) {
  const bool parts =
      !input.state.empty() || !input.code.empty() || !input.error.empty() || !input.issuer.empty();
  if (input.callback_uri.empty() && !parts) {
    return Malformed("callback_uri", "is missing, and so are state and code");
  }
  if (!input.callback_uri.empty() && parts) {
    return Malformed("callback_uri", "and its parts are both given: give one of them");
  }
  if (parts) {
    Callback callback = FromParts(input);
    TB_RETURN_IF_ERROR(CheckWhole(callback));
    return callback;
  }
  TB_ASSIGN_OR_RETURN(Callback callback, FromUri(input.callback_uri));
  TB_RETURN_IF_ERROR(CheckWhole(callback));
  return callback;
}

absl::Status CheckRedirectPath(const Callback& callback, absl::string_view redirect_uri) {
  if (!callback.path) return absl::OkStatus();
  if (PathOf(SplitUri(redirect_uri).location) == callback.path) return absl::OkStatus();
  return Malformed("callback_uri",
                   "has another path than the redirect_uri of this login: pass on the URL as the "
                   "browser asked for it, or its query alone");
}

absl::Status CheckIssuer(const Callback& callback, absl::string_view expected, IssuerRule rule) {
  if (callback.issuer ? expected.empty() || *callback.issuer == expected
                      : rule == IssuerRule::kOptional) {
    return absl::OkStatus();
  }
  Refusal refusal;
  refusal.reason = Reason::kIssuerMismatch;
  refusal.cause = callback.issuer ? "different" : "missing";
  refusal.message =
      callback.issuer
          ? "the callback's iss is not the issuer that this login was sent to: it may belong to "
            "another provider's login"
          : "the callback has no iss, which the provider's metadata announces: pass on the whole "
            "callback_uri, or its iss as issuer";
  return ToStatus(refusal);
}

std::map<std::string, std::string> CallbackAttributes(const Callback& callback,
                                                      const std::vector<std::string>& names) {
  std::map<std::string, std::string> attributes;
  for (const std::string& name : names) {
    const auto it = callback.others.find(name);
    if (it != callback.others.end() && IsPrintableUtf8(it->second)) attributes.insert(*it);
  }
  return attributes;
}

}  // namespace tokenbroker
