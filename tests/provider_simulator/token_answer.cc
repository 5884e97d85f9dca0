#include "tests/provider_simulator/token_answer.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/id_token.h"

namespace provider_simulator {
namespace {

void AddExpiresIn(boost::json::object& answer, const Settings& settings) {
  const std::int64_t seconds = absl::ToInt64Seconds(settings.access_token_lifetime);
  if (settings.expires_in == ExpiresInField::kNumber) answer["expires_in"] = seconds;
  if (settings.expires_in == ExpiresInField::kString)
    answer["expires_in"] = std::to_string(seconds);
}

void AddRefreshToken(boost::json::object& answer, RefreshTokenField field,
                     const std::string& token) {
  if (field == RefreshTokenField::kPresent) answer["refresh_token"] = token;
  if (field == RefreshTokenField::kEmpty) answer["refresh_token"] = "";
  if (field == RefreshTokenField::kNull) answer["refresh_token"] = nullptr;
}

void AddScope(boost::json::object& answer, ScopeField field,
              const std::vector<std::string>& scopes) {
  if (field == ScopeField::kString) answer["scope"] = absl::StrJoin(scopes, " ");
  if (field == ScopeField::kArray) {
    answer["scope"] = boost::json::array(scopes.begin(), scopes.end());
  }
}

// Form answers have no arrays, numbers or nulls: words are joined, null is empty.
std::string FormValue(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return "";
  if (!value.is_array()) return boost::json::serialize(value);
  std::vector<std::string> words;
  for (const boost::json::value& word : value.get_array()) words.push_back(FormValue(word));
  return absl::StrJoin(words, " ");
}

HttpReply FormReply(const boost::json::object& answer) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& field : answer) {
    fields.emplace_back(std::string(field.key()), FormValue(field.value()));
  }
  HttpReply reply = JsonReply(200, FormEncode(fields));
  reply.headers[0].second = "application/x-www-form-urlencoded";
  return reply;
}

}  // namespace

HttpReply TokenAnswer(AnswerTo to, const IssuedTokens& issued, const std::string& issuer,
                      const std::string& client_secret, const Settings& settings, absl::Time now) {
  const bool is_login = to == AnswerTo::kLogin;
  boost::json::object answer;
  answer["access_token"] = issued.access_token;
  if (settings.token_type.has_value()) answer["token_type"] = *settings.token_type;
  AddExpiresIn(answer, settings);
  AddRefreshToken(answer,
                  is_login ? settings.refresh_token_at_login : settings.refresh_token_at_refresh,
                  issued.refresh_token);
  AddScope(answer, settings.scope, issued.scopes);
  const IdToken id_token = is_login ? settings.id_token : settings.id_token_at_refresh;
  const bool has_openid =
      std::find(issued.scopes.begin(), issued.scopes.end(), "openid") != issued.scopes.end();
  if (has_openid && id_token != IdToken::kAbsent) {
    answer["id_token"] = MakeIdToken(id_token, issuer, issued.login, client_secret, now);
  }
  for (const auto& field : settings.extra_answer_fields) answer[field.key()] = field.value();
  if (settings.answer_format == AnswerFormat::kForm) return FormReply(answer);
  return JsonReply(200, boost::json::serialize(answer));
}

}  // namespace provider_simulator
