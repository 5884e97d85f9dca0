// What to say about a key or an enum value that the schema does not have. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/descriptor.h>

#include <string>

namespace tokenbroker {

// Says so, and names the key that was probably meant: one that is planned, one that belongs
// elsewhere, or the nearest known one; else all known ones.
std::string DescribeUnknownKey(const google::protobuf::Descriptor& message, absl::string_view key);

// Never quotes the value.
std::string DescribeUnknownValue(const google::protobuf::EnumDescriptor& type,
                                 absl::string_view value);

// How the file spells a value: `CLIENT_AUTHENTICATION_NONE` is `none`.
std::string ValueSpelling(const google::protobuf::EnumValueDescriptor& value);

}  // namespace tokenbroker
