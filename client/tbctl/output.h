// What tbctl prints of an answer.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>
#include <tokenbroker/v1/grant.pb.h>

#include <string>

namespace tokenbroker::tbctl {

// An answer in protobuf's JSON mapping, with the names of the .proto file: 64-bit numbers are
// strings, times RFC 3339. Ends in a line end.
std::string AsJson(const google::protobuf::Message& answer);

// The grant for people, one line per fact, the first begun with `title`; no token.
std::string GrantAsText(absl::string_view title, const v1::Grant& grant);

// The heading of a table of grants, and the row of one.
std::string GrantTableHeading();
std::string GrantTableRow(const v1::Grant& grant);

}  // namespace tokenbroker::tbctl
