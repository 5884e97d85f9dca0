#include "tests/provider_simulator/settings_json.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace provider_simulator {
namespace {

namespace json = boost::json;

// One entry per word of an enum's JSON form.
template <typename E>
using Names = std::vector<std::pair<const char*, E>>;

const Names<Rotation>& NamesOf(Rotation) {
  static const auto* const kNames = new Names<Rotation>{
      {"none", Rotation::kNone}, {"grace", Rotation::kGrace}, {"single_use", Rotation::kSingleUse}};
  return *kNames;
}
const Names<RefreshTokenField>& NamesOf(RefreshTokenField) {
  static const auto* const kNames =
      new Names<RefreshTokenField>{{"present", RefreshTokenField::kPresent},
                                   {"absent", RefreshTokenField::kAbsent},
                                   {"empty", RefreshTokenField::kEmpty},
                                   {"null", RefreshTokenField::kNull}};
  return *kNames;
}
const Names<ExpiresInField>& NamesOf(ExpiresInField) {
  static const auto* const kNames = new Names<ExpiresInField>{{"number", ExpiresInField::kNumber},
                                                              {"string", ExpiresInField::kString},
                                                              {"absent", ExpiresInField::kAbsent}};
  return *kNames;
}
const Names<ScopeField>& NamesOf(ScopeField) {
  static const auto* const kNames = new Names<ScopeField>{{"string", ScopeField::kString},
                                                          {"array", ScopeField::kArray},
                                                          {"absent", ScopeField::kAbsent}};
  return *kNames;
}
const Names<IssField>& NamesOf(IssField) {
  static const auto* const kNames = new Names<IssField>{
      {"right", IssField::kRight}, {"wrong", IssField::kWrong}, {"missing", IssField::kMissing}};
  return *kNames;
}
const Names<AnswerFormat>& NamesOf(AnswerFormat) {
  static const auto* const kNames =
      new Names<AnswerFormat>{{"json", AnswerFormat::kJson}, {"form", AnswerFormat::kForm}};
  return *kNames;
}
const Names<IdToken>& NamesOf(IdToken) {
  static const auto* const kNames = new Names<IdToken>{
      {"absent", IdToken::kAbsent},          {"right", IdToken::kRight},
      {"wrong_nonce", IdToken::kWrongNonce}, {"missing_nonce", IdToken::kMissingNonce},
      {"wrong_iss", IdToken::kWrongIss},     {"wrong_aud", IdToken::kWrongAud},
      {"wrong_sub", IdToken::kWrongSub},     {"expired", IdToken::kExpired}};
  return *kNames;
}
const Names<ClientAuthentication>& NamesOf(ClientAuthentication) {
  static const auto* const kNames =
      new Names<ClientAuthentication>{{"client_secret_basic", ClientAuthentication::kBasic},
                                      {"client_secret_post", ClientAuthentication::kPost},
                                      {"none", ClientAuthentication::kNone}};
  return *kNames;
}

// Read(json, target) is false when the value is of the wrong kind; Write is its inverse.
template <typename E>
  requires std::is_enum_v<E>
bool Read(const json::value& value, E& target) {
  if (!value.is_string()) return false;
  for (const auto& [name, word] : NamesOf(E())) {
    if (value.get_string() == name) {
      target = word;
      return true;
    }
  }
  return false;
}
template <typename E>
  requires std::is_enum_v<E>
json::value Write(const E& word) {
  for (const auto& [name, candidate] : NamesOf(E())) {
    if (candidate == word) return name;
  }
  return nullptr;
}

bool Read(const json::value& value, bool& target) {
  if (value.is_bool()) target = value.get_bool();
  return value.is_bool();
}
json::value Write(bool value) { return value; }

// Seconds, fractions allowed; null is for ever.
bool Read(const json::value& value, absl::Duration& target) {
  if (value.is_null()) {
    target = absl::InfiniteDuration();
    return true;
  }
  boost::system::error_code error;
  const auto seconds = value.to_number<double>(error);
  if (error || !(seconds >= 0)) return false;
  target = absl::Seconds(seconds);
  return true;
}
json::value Write(const absl::Duration& value) {
  if (value == absl::InfiniteDuration()) return nullptr;
  const double seconds = absl::ToDoubleSeconds(value);
  if (seconds == std::floor(seconds)) return absl::ToInt64Seconds(value);
  return seconds;
}

bool Read(const json::value& value, std::string& target) {
  if (value.is_string()) target = std::string(value.get_string());
  return value.is_string();
}
json::value Write(const std::string& value) { return json::value(value); }

bool Read(const json::value& value, json::object& target) {
  if (value.is_object()) target = value.get_object();
  return value.is_object();
}
json::value Write(const json::object& value) { return value; }

template <typename T>
bool Read(const json::value& value, std::vector<T>& target) {
  if (!value.is_array()) return false;
  std::vector<T> items(value.get_array().size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!Read(value.get_array()[i], items[i])) return false;
  }
  target = std::move(items);
  return true;
}
template <typename Container>
json::value WriteList(const Container& items) {
  json::array list;
  for (const auto& item : items) list.push_back(Write(item));
  return list;
}
json::value Write(const std::vector<std::string>& items) { return WriteList(items); }

bool Read(const json::value& value, std::set<ClientAuthentication>& target) {
  std::vector<ClientAuthentication> items;
  if (!Read(value, items)) return false;
  target = {items.begin(), items.end()};
  return true;
}
json::value Write(const std::set<ClientAuthentication>& items) { return WriteList(items); }

bool Read(const json::value& value, std::map<Endpoint, absl::Duration>& target) {
  if (!value.is_object()) return false;
  std::map<Endpoint, absl::Duration> latencies;
  for (const auto& field : value.get_object()) {
    const auto endpoint = EndpointFromName(std::string(field.key()));
    if (!endpoint.has_value() || !Read(field.value(), latencies[*endpoint])) return false;
  }
  target = std::move(latencies);
  return true;
}
json::value Write(const std::map<Endpoint, absl::Duration>& latencies) {
  json::object fields;
  for (const auto& [endpoint, latency] : latencies) fields[EndpointName(endpoint)] = Write(latency);
  return fields;
}

template <typename T>
bool Read(const json::value& value, absl::optional<T>& target) {
  if (value.is_null()) {
    target.reset();
    return true;
  }
  return Read(value, target.emplace());
}
template <typename T>
json::value Write(const absl::optional<T>& value) {
  return value.has_value() ? Write(*value) : json::value(nullptr);
}

struct Setting {
  const char* name;
  std::function<bool(const json::value&, Settings&)> read;
  std::function<json::value(const Settings&)> write;
};

template <typename T>
Setting Bind(const char* name, T Settings::* member) {
  return {name, [member](const json::value& v, Settings& s) { return Read(v, s.*member); },
          [member](const Settings& s) { return Write(s.*member); }};
}

const std::vector<Setting>& AllSettings() {
  static const auto* const kAll = new std::vector<Setting>{
      Bind("access_token_lifetime", &Settings::access_token_lifetime),
      Bind("expires_in", &Settings::expires_in),
      Bind("refresh_token_lifetime", &Settings::refresh_token_lifetime),
      Bind("rotation", &Settings::rotation),
      Bind("rotation_grace", &Settings::rotation_grace),
      Bind("refresh_token_at_login", &Settings::refresh_token_at_login),
      Bind("refresh_token_at_refresh", &Settings::refresh_token_at_refresh),
      Bind("latency", &Settings::latency),
      Bind("scope", &Settings::scope),
      Bind("narrow_scopes_to", &Settings::narrow_scopes_to),
      Bind("token_type", &Settings::token_type),
      Bind("answer_format", &Settings::answer_format),
      Bind("extra_answer_fields", &Settings::extra_answer_fields),
      Bind("iss", &Settings::iss),
      Bind("announce_iss", &Settings::announce_iss),
      Bind("id_token", &Settings::id_token),
      Bind("id_token_at_refresh", &Settings::id_token_at_refresh),
      Bind("client_authentication", &Settings::client_authentication),
      Bind("pkce_required", &Settings::pkce_required),
      Bind("code_lifetime", &Settings::code_lifetime),
      Bind("auto_approve_user", &Settings::auto_approve_user),
      Bind("login_hint_approves", &Settings::login_hint_approves),
      Bind("authorize_error", &Settings::authorize_error),
      Bind("record_requests", &Settings::record_requests),
  };
  return *kAll;
}

const Setting* FindSetting(const std::string& name) {
  for (const Setting& setting : AllSettings()) {
    if (name == setting.name) return &setting;
  }
  return nullptr;
}

}  // namespace

json::object SettingsToJson(const Settings& settings) {
  json::object fields;
  for (const Setting& setting : AllSettings()) fields[setting.name] = setting.write(settings);
  return fields;
}

absl::Status ApplySettings(const json::object& changes, Settings& settings) {
  Settings changed = settings;
  for (const auto& field : changes) {
    const std::string name(field.key());
    const Setting* setting = FindSetting(name);
    if (setting == nullptr) return absl::InvalidArgumentError("unknown setting: " + name);
    if (!setting->read(field.value(), changed)) {
      return absl::InvalidArgumentError("not a possible value of this setting: " + name);
    }
  }
  settings = std::move(changed);
  return absl::OkStatus();
}

const char* ClientAuthenticationName(ClientAuthentication method) {
  for (const auto& [name, candidate] : NamesOf(method)) {
    if (candidate == method) return name;
  }
  return "";
}

}  // namespace provider_simulator
