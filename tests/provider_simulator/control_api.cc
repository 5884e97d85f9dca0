#include "tests/provider_simulator/control_api.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "tests/provider_simulator/control_json.h"
#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/settings_json.h"

namespace provider_simulator {
namespace {

namespace json = boost::json;

using Answer = absl::StatusOr<json::value>;

// One call: `item` is what follows the collection's name, as in /control/users/alice.
struct Call {
  SimulatedProvider& provider;
  std::string method;
  std::string item;
  json::object body;
};

absl::Status MethodNotAllowed() { return absl::UnimplementedError("method not allowed"); }

Answer Done(bool found) {
  if (!found) return absl::NotFoundError("there is none of that name");
  return json::object{{"ok", true}};
}

Answer ServeSettings(const Call& call) {
  if (call.method == "PATCH") {
    absl::Status status;
    call.provider.Configure([&](Settings& s) { status = ApplySettings(call.body, s); });
    if (!status.ok()) return status;
  } else if (call.method != "GET") {
    return MethodNotAllowed();
  }
  return SettingsToJson(call.provider.settings());
}

Answer ServeUsers(const Call& call) {
  if (call.method == "DELETE") return Done(call.provider.RemoveUser(call.item));
  if (call.method == "POST") {
    auto user = UserFromJson(call.body);
    if (!user.ok()) return user.status();
    call.provider.PutUser(*std::move(user));
  } else if (call.method != "GET") {
    return MethodNotAllowed();
  }
  return UsersToJson(call.provider.users());
}

Answer ServeClients(const Call& call) {
  if (call.method == "DELETE") return Done(call.provider.RemoveClient(call.item));
  if (call.method == "PUT") {
    if (call.item.empty()) return absl::InvalidArgumentError("PUT /control/clients/CLIENT_ID");
    const auto clients = call.provider.clients();
    const auto found = clients.find(call.item);
    auto client = ClientFromJson(
        call.body, found == clients.end() ? Client{call.item, "", {}} : found->second);
    if (!client.ok()) return client.status();
    call.provider.PutClient(*std::move(client));
  } else if (call.method != "GET") {
    return MethodNotAllowed();
  }
  return ClientsToJson(call.provider.clients());
}

Answer ServeFaults(const Call& call) {
  if (call.method == "DELETE") {
    call.provider.ClearFaults();
  } else if (call.method == "POST") {
    auto fault = FaultFromJson(call.body);
    if (!fault.ok()) return fault.status();
    call.provider.AddFault(fault->first, std::move(fault->second));
  } else if (call.method != "GET") {
    return MethodNotAllowed();
  }
  return FaultsToJson(call.provider.faults());
}

Answer ServeRevoke(const Call& call) {
  if (call.method != "POST") return MethodNotAllowed();
  const absl::Status fields = CheckFields(call.body, {"user", "refresh_token", "all"});
  if (!fields.ok()) return fields;
  if (call.body.size() != 1) {
    return absl::InvalidArgumentError("one of user, refresh_token and all");
  }
  std::size_t revoked = 0;
  if (call.body.contains("all")) {
    revoked = call.provider.RevokeAll();
  } else {
    const auto user = StringField(call.body, "user", "");
    const auto token = StringField(call.body, "refresh_token", "");
    if (!user.ok()) return user.status();
    if (!token.ok()) return token.status();
    revoked = call.body.contains("user") ? call.provider.RevokeUser(*user)
                                         : call.provider.RevokeRefreshToken(*token);
  }
  return json::object{{"revoked", revoked}};
}

Answer ServeReset(const Call& call) {
  if (call.method != "POST") return MethodNotAllowed();
  const absl::Status fields = CheckFields(call.body, {"only"});
  if (!fields.ok()) return fields;
  const auto only = StringField(call.body, "only", "");
  if (!only.ok()) return only.status();
  if (*only == "counters") {
    call.provider.ResetCounters();
  } else if (only->empty()) {
    call.provider.Reset();
  } else {
    return absl::InvalidArgumentError("only: counters, or nothing");
  }
  return Done(true);
}

Answer Dispatch(const std::string& collection, const Call& call) {
  const bool takes_item = (collection == "users" && call.method == "DELETE") ||
                          (collection == "clients" && call.method != "GET");
  if (!call.item.empty() && !takes_item) return absl::NotFoundError("unknown control path");
  if (collection == "settings") return ServeSettings(call);
  if (collection == "users") return ServeUsers(call);
  if (collection == "clients") return ServeClients(call);
  if (collection == "faults") return ServeFaults(call);
  if (collection == "revoke") return ServeRevoke(call);
  if (collection == "reset") return ServeReset(call);
  if (collection != "grants" && collection != "counters" && collection != "requests") {
    return absl::NotFoundError("unknown control path");
  }
  if (call.method != "GET") return MethodNotAllowed();
  if (collection == "grants") return GrantsToJson(call.provider.grants());
  if (collection == "requests") return RequestsToJson(call.provider.requests());
  return CountersToJson(call.provider.counters());
}

absl::StatusOr<json::object> ParseBody(const std::string& body) {
  if (body.empty()) return json::object();
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) return absl::InvalidArgumentError("the body is no JSON object");
  return value.get_object();
}

HttpReply ToReply(const Answer& answer) {
  if (answer.ok()) return JsonReply(200, json::serialize(*answer) + "\n");
  const int status = absl::IsNotFound(answer.status())        ? 404
                     : absl::IsUnimplemented(answer.status()) ? 405
                                                              : 400;
  const std::string message(answer.status().message().data(), answer.status().message().size());
  return JsonReply(status, json::serialize(json::object{{"error", message}}) + "\n");
}

}  // namespace

ControlApi::ControlApi(std::map<std::string, SimulatedProvider*> providers)
    : providers_(std::move(providers)) {}

HttpReply ControlApi::Handle(const HttpRequest& request) const {
  static const std::string kPrefix = "/control/";
  if (!absl::StartsWith(request.path, kPrefix)) {
    return ToReply(absl::NotFoundError("unknown path: the control API is under /control/"));
  }
  const std::string rest = request.path.substr(kPrefix.size());
  const std::size_t slash = rest.find('/');
  const auto item = FormDecode(slash == std::string::npos ? "" : rest.substr(slash + 1));
  const auto query = ParseForm(request.query);
  if (!item.has_value() || !query.has_value()) {
    return ToReply(absl::InvalidArgumentError("malformed path or query"));
  }
  const std::string name = query->count("provider") != 0 ? Field(*query, "provider") : "provider";
  const auto provider = providers_.find(name);
  if (provider == providers_.end()) return ToReply(absl::NotFoundError("unknown provider"));
  auto body = ParseBody(request.body);
  if (!body.ok()) return ToReply(body.status());
  const Call call{*provider->second, request.method, *item, *std::move(body)};
  return ToReply(Dispatch(rest.substr(0, slash), call));
}

}  // namespace provider_simulator
