#include "oauth/token_response.h"

#include <absl/algorithm/container.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <cmath>

#include "base/status_macros.h"
#include "config/oauth_rules.h"
#include "oauth/id_token.h"
#include "oauth/json.h"
#include "oauth/percent_encoding.h"
#include "oauth/scope.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

namespace json = boost::json;

constexpr size_t kMaxAttributeBytes = 2048;
// RFC 8259 8.1: a reader may ignore it.
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The answer's fields, from whichever format. A form becomes an object of strings.
absl::StatusOr<json::object> ReadFields(const HttpResponse& response) {
  absl::string_view body = absl::StripAsciiWhitespace(response.body);
  absl::ConsumePrefix(&body, kByteOrderMark);
  if (body.size() > kMaxTokenAnswerBytes) return absl::InvalidArgumentError("is too large");
  const std::string type = absl::AsciiStrToLower(response.Header("content-type").value_or(""));
  if (absl::StrContains(type, "json") || absl::StartsWith(body, "{")) {
    return ParseJsonObject(body, Utf8Rule::kLenient);
  }
  TB_ASSIGN_OR_RETURN(const FormFields fields, ParseForm(body));
  json::object object;
  for (const auto& [name, value] : fields) object.emplace(name, value);
  return object;
}

// Null and "" are as good as nothing there.
bool IsPresent(const json::value* value) {
  return value != nullptr && !value->is_null() &&
         !(value->is_string() && value->get_string().empty());
}

bool IsSoundToken(const json::value* value) {
  if (!IsPresent(value) || !value->is_string()) return false;
  const json::string& text = value->get_string();
  const absl::string_view view(text.data(), text.size());
  return view.size() <= kMaxTokenBytes && IsPrintableUtf8(view);
}

// Nor does a space stand in an Authorization header's token (RFC 6750 2.1).
bool IsSoundAccessToken(const json::value* value) {
  return IsSoundToken(value) && !absl::c_linear_search(value->get_string(), ' ');
}

Secret TokenOf(const json::value& value) {
  const json::string& text = value.get_string();
  return Secret(std::string(text.data(), text.size()));
}

// A plain word: what may stand before a token in an Authorization header (RFC 9110 11.1).
bool IsTypeName(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && absl::c_all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

// "Bearer" in its usual case, or the type as it was named; an error when `rule` does not take it.
absl::StatusOr<std::string> TokenTypeOf(const json::object& fields, TokenTypeRule rule) {
  const json::value* value = Find(fields, "token_type");
  if (!IsPresent(value)) {
    if (rule == TokenTypeRule::kBearer) return absl::FailedPreconditionError("token_type_refused");
    return std::string("Bearer");
  }
  const absl::string_view type = FindString(fields, "token_type").value_or("");
  if (absl::EqualsIgnoreCase(type, "bearer")) return std::string("Bearer");
  if (rule == TokenTypeRule::kAny && IsTypeName(type)) return std::string(type);
  return absl::FailedPreconditionError("token_type_refused");
}

absl::optional<absl::Duration> ExpiresIn(const json::object& fields,
                                         absl::optional<absl::Duration> otherwise) {
  const json::value* value = Find(fields, "expires_in");
  double seconds = 0;
  if (value != nullptr && value->is_number()) {
    seconds = value->to_number<double>();
  } else if (const auto text = FindString(fields, "expires_in");
             !text || !absl::SimpleAtod(*text, &seconds)) {
    return otherwise;
  }
  if (!std::isfinite(seconds) || seconds <= 0) return otherwise;
  return absl::Seconds(std::min(seconds, absl::ToDoubleSeconds(kMaxTokenLifetime)));
}

void AddScope(absl::string_view text, std::vector<std::string>* scopes) {
  if (IsScope(text) && !absl::c_linear_search(*scopes, text)) scopes->emplace_back(text);
}

absl::optional<std::vector<std::string>> ScopesOf(const json::object& fields,
                                                  ScopeSeparator separator) {
  std::vector<std::string> scopes;
  const json::value* value = Find(fields, "scope");
  if (!IsPresent(value)) return absl::nullopt;
  if (const auto text = FindString(fields, "scope")) return SplitScopes(*text, separator);
  if (!value->is_array() || value->get_array().empty()) return absl::nullopt;
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) continue;
    const json::string& text = item.get_string();
    AddScope(absl::string_view(text.data(), text.size()), &scopes);
  }
  return scopes;
}

// Numbers and truth values in their JSON spelling.
absl::optional<std::string> AttributeText(const json::value& value) {
  if (value.is_string()) {
    const json::string& text = value.get_string();
    const absl::string_view view(text.data(), text.size());
    if (view.size() > kMaxAttributeBytes || !IsPrintableUtf8(view)) return absl::nullopt;
    return std::string(view);
  }
  if (value.is_int64()) return absl::StrCat(value.get_int64());
  if (value.is_uint64()) return absl::StrCat(value.get_uint64());
  if (value.is_double()) return absl::StrCat(value.get_double());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  return absl::nullopt;
}

std::map<std::string, std::string> AttributesOf(const json::object& fields,
                                                const std::vector<std::string>& names) {
  std::map<std::string, std::string> attributes;
  for (const std::string& name : names) {
    const json::value* value = Find(fields, name);
    if (value == nullptr || IsSecretAttribute(name)) continue;
    if (absl::optional<std::string> text = AttributeText(*value)) {
      attributes.emplace(name, *std::move(text));
    }
  }
  return attributes;
}

// What the answer is, and the object in it that holds the token.
struct Answered {
  const json::object& top;
  const json::object& token;
};

Answered FindToken(const json::value& answer, const std::string& pointer) {
  const json::object& top = answer.get_object();
  json::error_code error;
  const json::value* found = pointer.empty() ? nullptr : answer.find_pointer(pointer, error);
  return {top, found != nullptr && found->is_object() ? found->get_object() : top};
}

TokenResponse ReadTokens(const ProviderConfig& config, const Answered& answered) {
  const json::object& fields = answered.token;
  TokenResponse tokens;
  absl::StatusOr<std::string> type = TokenTypeOf(fields, config.token_type);
  const json::value* access_token = Find(fields, "access_token");
  if (!IsSoundAccessToken(access_token)) {
    tokens.access_token_status = absl::FailedPreconditionError("access_token_refused");
  } else if (!type.ok()) {
    tokens.access_token_status = type.status();
  } else {
    tokens.access_token = TokenOf(*access_token);
    tokens.token_type = *std::move(type);
  }
  if (const json::value* refresh_token = Find(fields, "refresh_token"); IsPresent(refresh_token)) {
    tokens.refresh_token = TokenOf(*refresh_token);
  }
  tokens.expires_in = ExpiresIn(fields, config.default_token_lifetime);
  tokens.scopes = ScopesOf(fields, config.scope_separator);
  if (const json::value* id_token = Find(fields, "id_token"); IsPresent(id_token)) {
    tokens.id_token = DecodeIdToken(FindString(fields, "id_token").value_or(""));
  }
  tokens.attributes = AttributesOf(fields, config.attributes);
  // What is beside the token's object is said of it, too.
  tokens.attributes.merge(AttributesOf(answered.top, config.attributes));
  return tokens;
}

ParsedTokenAnswer Failed(Delivery delivery, absl::string_view word) {
  ParsedTokenAnswer answer;
  answer.failure = Failure{delivery, ErrorClass::kProviderTrouble, std::string(word)};
  return answer;
}

// Some put the code into an object: {"error": {"code": ...}}. Of that only its being there counts.
absl::string_view ErrorCodeOf(const json::object& fields) {
  const json::value* error = Find(fields, "error");
  if (!IsPresent(error) || (error->is_bool() && !error->get_bool())) return "";
  return FindString(fields, "error").value_or("not_a_string");
}

}  // namespace

ParsedTokenAnswer ParseTokenResponse(Where where, const ProviderConfig& config,
                                     const HttpResponse& response) {
  ParsedTokenAnswer answer;
  absl::StatusOr<json::object> fields = ReadFields(response);
  if (!fields.ok()) {
    answer.failure = ClassifyAnswer(where, response.status, "");
    return answer;
  }
  const json::value root(*std::move(fields));
  const Answered answered = FindToken(root, config.token_pointer);
  const bool success = response.status >= 200 && response.status < 300;
  const json::value* refresh_token = Find(answered.token, "refresh_token");
  const bool rotated = IsPresent(refresh_token);
  const absl::string_view code = ErrorCodeOf(answered.top);
  const bool gives = IsPresent(Find(answered.token, "access_token")) || (rotated && code.empty());
  if (!success || !gives) {
    answer.failure = ClassifyAnswer(where, response.status, code);
    return answer;
  }
  if (rotated && !IsSoundToken(refresh_token)) {
    return Failed(Delivery::kLostAnswer, "malformed_answer");
  }
  answer.tokens = ReadTokens(config, answered);
  if (!answer.tokens->access_token_status.ok() && !rotated) {
    return Failed(Delivery::kAnswered, answer.tokens->access_token_status.message());
  }
  return answer;
}

}  // namespace tokenbroker
