#include "client/tbctl/output.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>
#include <absl/time/time.h>
#include <google/protobuf/util/json_util.h>

#include <boost/json/serialize.hpp>

namespace tokenbroker::tbctl {
namespace {

enum class Layout { kPretty, kLine };

// "GRANT_STATE_REAUTHORIZATION_REQUIRED" reads as "REAUTHORIZATION_REQUIRED".
std::string StateText(const v1::Grant& grant) {
  const std::string name = v1::GrantState_Name(grant.state());
  // A newer broker's state has no name here.
  const std::string state = name.empty() ? absl::StrCat(static_cast<int>(grant.state()))
                                         : std::string(absl::StripPrefix(name, "GRANT_STATE_"));
  if (grant.state_reason().empty()) return state;
  return absl::StrCat(state, " (", grant.state_reason(), ")");
}

std::string ToJson(const google::protobuf::Message& answer, Layout layout) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = layout == Layout::kPretty;
  options.preserve_proto_field_names = true;
  // A script that looks for a field finds it.
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails for messages with an Any of an unknown type only.
  if (!google::protobuf::util::MessageToJsonString(answer, &json, options).ok()) return "{}\n";
  return json;
}

}  // namespace

std::string AsJson(const google::protobuf::Message& answer) {
  return ToJson(answer, Layout::kPretty);
}

std::string AsJsonLine(const google::protobuf::Message& answer) {
  return ToJson(answer, Layout::kLine) + "\n";
}

std::string JsonLine(const boost::json::object& object) {
  return boost::json::serialize(object) + "\n";
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string OrDash(const std::string& text) { return text.empty() ? "-" : text; }

std::string GrantAsText(absl::string_view title, const v1::Grant& grant) {
  std::string out = absl::StrCat(title, ": ", grant.provider(), " / ", grant.subject(), " (tenant ",
                                 grant.tenant(), ")\n");
  const auto add = [&out](absl::string_view name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&out, "  ", name, ": ", value, "\n");
  };
  add("state", StateText(grant));
  add("account", grant.account().id());
  add("issuer", grant.account().issuer());
  add("scopes", absl::StrJoin(grant.scopes(), " "));
  add("generation", absl::StrCat(grant.generation()));
  add("refreshable", grant.refreshable() ? "yes" : "no: the user must log in at every expiry");
  add("token expires", grant.has_expire_time() ? TimeText(grant.expire_time()) : "not known");
  if (grant.has_reauthorize_time()) add("log in again by", TimeText(grant.reauthorize_time()));
  if (grant.has_last_refresh_time()) add("last refreshed", TimeText(grant.last_refresh_time()));
  add("last error", grant.last_error());
  add("owner", grant.owner());
  return out;
}

std::string GrantTableHeading() { return "TENANT\tPROVIDER\tSUBJECT\tSTATE\tTOKEN EXPIRES\n"; }

std::string GrantTableRow(const v1::Grant& grant) {
  return absl::StrCat(grant.tenant(), "\t", grant.provider(), "\t", grant.subject(), "\t",
                      StateText(grant), "\t",
                      grant.has_expire_time() ? TimeText(grant.expire_time()) : "-", "\n");
}

}  // namespace tokenbroker::tbctl
