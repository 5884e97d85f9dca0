#include "tests/provider_simulator/control_json.h"

#include <algorithm>
#include <boost/json/value.hpp>

namespace provider_simulator {
namespace {

namespace json = boost::json;

json::array Strings(const std::vector<std::string>& words) {
  return json::array(words.begin(), words.end());
}

}  // namespace

absl::Status CheckFields(const json::object& object, const std::vector<std::string>& names) {
  for (const auto& field : object) {
    const std::string name(field.key());
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return absl::InvalidArgumentError("unknown field: " + name);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StringField(const json::object& object, const std::string& name,
                                        const std::string& otherwise) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) return absl::InvalidArgumentError("not a string: " + name);
  return std::string(value->get_string());
}

absl::StatusOr<User> UserFromJson(const json::object& object) {
  const absl::Status fields = CheckFields(object, {"name", "account_id"});
  if (!fields.ok()) return fields;
  const auto name = StringField(object, "name", "");
  if (!name.ok()) return name.status();
  if (name->empty()) return absl::InvalidArgumentError("name is missing");
  const auto account_id = StringField(object, "account_id", "account-" + *name);
  if (!account_id.ok()) return account_id.status();
  return User{*name, *account_id};
}

absl::StatusOr<Client> ClientFromJson(const json::object& object, Client client) {
  const absl::Status fields = CheckFields(object, {"secret", "redirect_uris"});
  if (!fields.ok()) return fields;
  auto secret = StringField(object, "secret", client.secret);
  if (!secret.ok()) return secret.status();
  client.secret = *std::move(secret);
  const json::value* uris = object.if_contains("redirect_uris");
  if (uris == nullptr) return client;
  client.redirect_uris.clear();
  if (!uris->is_array()) return absl::InvalidArgumentError("not a list: redirect_uris");
  for (const json::value& uri : uris->get_array()) {
    if (!uri.is_string()) return absl::InvalidArgumentError("not a list of strings: redirect_uris");
    client.redirect_uris.emplace_back(uri.get_string());
  }
  return client;
}

json::array UsersToJson(const std::map<std::string, User>& users) {
  json::array list;
  for (const auto& [name, user] : users) {
    list.push_back(json::object{{"name", name}, {"account_id", user.account_id}});
  }
  return list;
}

json::array ClientsToJson(const std::map<std::string, Client>& clients) {
  json::array list;
  for (const auto& [id, client] : clients) {
    list.push_back(json::object{
        {"id", id}, {"secret", client.secret}, {"redirect_uris", Strings(client.redirect_uris)}});
  }
  return list;
}

json::array GrantsToJson(const std::vector<GrantView>& grants) {
  json::array list;
  for (const GrantView& grant : grants) {
    json::object object = {
        {"family", grant.family},          {"user", grant.user},
        {"account_id", grant.account_id},  {"client_id", grant.client_id},
        {"scopes", Strings(grant.scopes)}, {"refresh_tokens", Strings(grant.refresh_tokens)}};
    object["revoked_because"] =
        grant.revoked_because.empty() ? json::value(nullptr) : json::value(grant.revoked_because);
    list.push_back(std::move(object));
  }
  return list;
}

json::array RequestsToJson(const std::vector<HttpRequest>& requests) {
  json::array list;
  for (const HttpRequest& request : requests) {
    json::object headers;
    for (const auto& [name, value] : request.headers) headers[name] = value;
    list.push_back(json::object{{"endpoint", EndpointName(EndpointForPath(request.path))},
                                {"method", request.method},
                                {"path", request.path},
                                {"query", request.query},
                                {"headers", std::move(headers)},
                                {"body", request.body},
                                {"connection", request.connection}});
  }
  return list;
}

json::object CountersToJson(const Counters& counters) {
  json::object requests, statuses, grant_types, refresh_tokens, families;
  for (const auto& [endpoint, count] : counters.requests) requests[EndpointName(endpoint)] = count;
  for (const auto& [endpoint, by_status] : counters.statuses) {
    json::object counts;
    for (const auto& [status, count] : by_status) counts[std::to_string(status)] = count;
    statuses[EndpointName(endpoint)] = std::move(counts);
  }
  for (const auto& [type, count] : counters.grant_types) grant_types[type] = count;
  for (const auto& [token, counts] : counters.refresh_tokens) {
    refresh_tokens[token] = json::object{{"presented", counts.presented},
                                         {"accepted", counts.accepted},
                                         {"concurrent", counts.concurrent},
                                         {"max_concurrent", counts.max_concurrent}};
  }
  for (const auto& [family, count] : counters.refreshes_by_family) {
    families[std::to_string(family)] = count;
  }
  return {{"requests", std::move(requests)},
          {"statuses", std::move(statuses)},
          {"grant_types", std::move(grant_types)},
          {"refresh_tokens", std::move(refresh_tokens)},
          {"refreshes_by_family", std::move(families)},
          {"refreshes", counters.Refreshes()},
          {"max_presented", counters.MaxPresented()},
          {"max_accepted", counters.MaxAccepted()},
          {"max_concurrent", counters.MaxConcurrent()},
          {"families_revoked_by_reuse", counters.families_revoked_by_reuse},
          {"codes_reused", counters.codes_reused},
          {"faults_played", counters.faults_played},
          {"token_connections", counters.token_connections}};
}

}  // namespace provider_simulator
