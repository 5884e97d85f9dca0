// The faults of the control API: a script by name, then the fields that refine it.

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>

#include "tests/provider_simulator/control_json.h"

namespace provider_simulator {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMaxHugeBytes = 256 * 1024 * 1024;

absl::Status Refused(const std::string& message) { return absl::InvalidArgumentError(message); }

absl::StatusOr<std::int64_t> IntegerField(const json::object& object, const std::string& name,
                                          std::int64_t otherwise, std::int64_t least,
                                          std::int64_t most) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return otherwise;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error || number < least || number > most) return Refused("out of range: " + name);
  return number;
}

// The script that `fault` names, with the fields that are its own.
absl::StatusOr<Fault> Script(const json::object& object, Cut cut) {
  const auto script = StringField(object, "fault", "answer");
  if (!script.ok()) return script.status();
  const auto error = StringField(object, "error", "invalid_grant");
  if (!error.ok()) return error.status();
  const auto bytes = IntegerField(object, "bytes", 2 * 1024 * 1024, 0, kMaxHugeBytes);
  if (!bytes.ok()) return bytes.status();

  if (*script == "answer") return Fault();
  if (*script == "error") return ErrorFault(400, *error);
  if (*script == "200_with_error") return OkWithErrorFault(*error);
  if (*script == "html") return HtmlFault();
  if (*script == "garbage") return GarbageFault();
  if (*script == "invalid_json") return InvalidJsonFault();
  if (*script == "empty") return EmptyFault();
  if (*script == "huge") return HugeFault(static_cast<std::size_t>(*bytes));
  if (*script == "hang") return HangFault();
  if (*script == "drop") return DropFault(cut);
  if (*script == "lost_response") return LostResponseFault(cut);
  if (*script == "cut_reused_connection") return CutReusedConnectionFault(cut);
  return Refused("unknown fault: " + *script);
}

absl::StatusOr<Cut> CutField(const json::object& object) {
  const auto cut = StringField(object, "cut", "reset");
  if (!cut.ok()) return cut.status();
  if (*cut == "reset") return Cut::kReset;
  if (*cut == "close") return Cut::kClose;
  return Refused("cut is reset or close");
}

absl::Status SetTimes(const json::object& object, Fault& fault) {
  const json::value* times = object.if_contains("times");
  if (times != nullptr && times->is_string() && times->get_string() == "forever") {
    fault.times = Fault::kForever;
    return absl::OkStatus();
  }
  const auto number = IntegerField(object, "times", 1, 1, 1000000000);
  if (!number.ok()) return Refused("times is a number from 1 or \"forever\"");
  fault.times = static_cast<int>(*number);
  return absl::OkStatus();
}

// A header replaces the one that the script brought.
absl::Status SetHeaders(const json::object& object, Fault& fault) {
  const json::value* headers = object.if_contains("headers");
  if (headers == nullptr) return absl::OkStatus();
  if (!headers->is_object()) return Refused("headers is an object");
  for (const auto& header : headers->get_object()) {
    if (!header.value().is_string()) return Refused("headers are strings");
    const std::string name(header.key());
    const std::string value(header.value().get_string());
    if ((name + value).find_first_of("\r\n") != std::string::npos) {
      return Refused("a header holds a line break");
    }
    const auto is_same = [&name](const auto& present) { return present.first == name; };
    fault.headers.erase(std::remove_if(fault.headers.begin(), fault.headers.end(), is_same),
                        fault.headers.end());
    fault.headers.emplace_back(name, value);
  }
  return absl::OkStatus();
}

// A string is sent as it is, anything else as JSON.
void SetBody(const json::object& object, Fault& fault) {
  const json::value* body = object.if_contains("body");
  if (body == nullptr) return;
  if (body->is_string()) {
    fault.body = std::string(body->get_string());
    return;
  }
  fault.body = json::serialize(*body);
  fault.headers = {{"Content-Type", "application/json"}};
}

absl::Status SetConnection(const json::object& object, Fault& fault) {
  const auto connection = StringField(object, "connection", "");
  if (!connection.ok()) return connection.status();
  if (*connection == "any") fault.connection = FaultConnection::kAny;
  if (*connection == "reused_only") fault.connection = FaultConnection::kReusedOnly;
  const bool is_known = *connection == "" || *connection == "any" || *connection == "reused_only";
  return is_known ? absl::OkStatus() : Refused("connection is any or reused_only");
}

const char* KindName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kAnswer:
      return "answer";
    case FaultKind::kHang:
      return "hang";
    case FaultKind::kDrop:
      return "drop";
    case FaultKind::kLostResponse:
      return "lost_response";
  }
  return "";
}

json::object FaultToJson(Endpoint endpoint, const Fault& fault) {
  json::object object = {{"endpoint", EndpointName(endpoint)}, {"fault", KindName(fault.kind)}};
  object["times"] =
      fault.times == Fault::kForever ? json::value("forever") : json::value(fault.times);
  object["connection"] = fault.connection == FaultConnection::kReusedOnly ? "reused_only" : "any";
  if (fault.kind == FaultKind::kAnswer) {
    object["status"] = fault.status;
    object["body_bytes"] = fault.body.size();
  }
  return object;
}

}  // namespace

absl::StatusOr<std::pair<Endpoint, Fault>> FaultFromJson(const json::object& object) {
  absl::Status status = CheckFields(object, {"endpoint", "fault", "times", "status", "headers",
                                             "body", "error", "bytes", "cut", "connection"});
  if (!status.ok()) return status;
  const auto name = StringField(object, "endpoint", "token");
  if (!name.ok()) return name.status();
  const auto endpoint = EndpointFromName(*name);
  if (!endpoint.has_value()) return Refused("unknown endpoint: " + *name);
  const auto cut = CutField(object);
  if (!cut.ok()) return cut.status();
  auto fault = Script(object, *cut);
  if (!fault.ok()) return fault.status();
  const auto code = IntegerField(object, "status", fault->status, 200, 599);
  if (!code.ok()) return code.status();
  fault->status = static_cast<int>(*code);
  SetBody(object, *fault);
  status.Update(SetTimes(object, *fault));
  status.Update(SetHeaders(object, *fault));
  status.Update(SetConnection(object, *fault));
  if (!status.ok()) return status;
  return std::make_pair(*endpoint, *std::move(fault));
}

json::array FaultsToJson(const std::map<Endpoint, std::deque<Fault>>& faults) {
  json::array list;
  for (const auto& [endpoint, queue] : faults) {
    for (const Fault& fault : queue) list.push_back(FaultToJson(endpoint, fault));
  }
  return list;
}

}  // namespace provider_simulator
