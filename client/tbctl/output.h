// What tbctl prints of an answer.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>
#include <tokenbroker/v1/grant.pb.h>

#include <boost/json/object.hpp>
#include <string>

namespace tokenbroker::tbctl {

// An answer in protobuf's JSON mapping, with the names of the .proto file: 64-bit numbers are
// strings, times RFC 3339. Every field is there, but for messages and choices that are not set.
// Ends in a line end. AsJsonLine: on one line.
std::string AsJson(const google::protobuf::Message& answer);
std::string AsJsonLine(const google::protobuf::Message& answer);
// The object on one line.
std::string JsonLine(const boost::json::object& object);

// RFC 3339, in UTC, to the second.
std::string TimeText(const google::protobuf::Timestamp& time);
// "-" for what is empty.
std::string OrDash(const std::string& text);

// The grant for people, one line per fact, the first begun with `title`; no token.
std::string GrantAsText(absl::string_view title, const v1::Grant& grant);

// The heading of a table of grants, and the row of one.
std::string GrantTableHeading();
std::string GrantTableRow(const v1::Grant& grant);

}  // namespace tokenbroker::tbctl
