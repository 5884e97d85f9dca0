#include "config/unknown_key.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <vector>

#include "config/nearest_name.h"

namespace tokenbroker {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

// Keys and values that people will try because other builds, or other programs, have them.
struct Special {
  absl::string_view type;
  absl::string_view key;
  absl::string_view text;
};

constexpr absl::string_view kInTheUri =
    "belongs into the uri; write redis://user@host:6379/database";

constexpr Special kSpecial[] = {
    {"Config", "policy", "the rules are in a file of their own; name that in policy_file"},
    {"Rule", "scopes", "there is no such key; a bound of scopes is called max_scopes"},
    {"RedisStore", "password",
     "secrets are taken from files only; write it to a file and name that in password_file"},
    {"RedisStore", "user", kInTheUri},
    {"RedisStore", "username", kInTheUri},
    {"RedisStore", "host", kInTheUri},
    {"RedisStore", "port", kInTheUri},
    {"RedisStore", "database", kInTheUri},
    {"RedisStore", "tls", "TLS is a matter of the uri; write rediss in it"},
    {"Provider", "client_secret",
     "secrets are taken from files only; write it to a file and name that in client_secret_file"},
    {"Provider", "private_key",
     "secrets are taken from files only; write it to a file and name that in private_key_file"},
};

absl::string_view FindSpecial(const std::string& type, absl::string_view key) {
  for (const Special& special : kSpecial) {
    if (absl::string_view(type) == special.type && key == special.key) return special.text;
  }
  return {};
}

std::vector<std::string> FieldNames(const Descriptor& message) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(message.field_count()));
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return names;
}

// `refresh.margin` for somebody who wrote margin one level too high.
std::string FieldOneLevelDown(const Descriptor& message, const std::string& plain) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& section = *message.field(i);
    if (section.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || section.is_repeated()) continue;
    if (section.message_type()->file() != message.file()) continue;
    for (int k = 0; k < section.message_type()->field_count(); ++k) {
      const std::string& name = section.message_type()->field(k)->name();
      if (PlainName(name) == plain) return absl::StrCat(section.name(), ".", name);
    }
  }
  return "";
}

}  // namespace

std::string DescribeUnknownKey(const Descriptor& message, absl::string_view key) {
  const absl::string_view special = FindSpecial(message.name(), key);
  if (!special.empty()) return std::string(special.data(), special.size());
  const std::vector<std::string> known = FieldNames(message);
  std::string meant = FieldOneLevelDown(message, PlainName(key));
  if (meant.empty()) meant = NearestName(key, known);
  if (!meant.empty()) return absl::StrCat("there is no such key; did you mean ", meant, "?");
  if (known.empty()) return "there is no such key; nothing can be set here, write {}";
  return absl::StrCat("there is no such key; known here: ", absl::StrJoin(known, ", "));
}

std::string DescribeUnknownValue(const EnumDescriptor& type, absl::string_view value) {
  const absl::string_view special = FindSpecial(type.name(), value);
  if (!special.empty()) return std::string(special.data(), special.size());
  std::vector<std::string> known;
  for (int i = 1; i < type.value_count(); ++i) known.push_back(ValueSpelling(*type.value(i)));
  return absl::StrCat("is not a value that this key takes; write one of ",
                      absl::StrJoin(known, ", "));
}

std::string ValueSpelling(const EnumValueDescriptor& value) {
  const std::string& unspecified = value.type()->value(0)->name();
  const absl::string_view prefix = absl::StripSuffix(unspecified, "UNSPECIFIED");
  return absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix));
}

}  // namespace tokenbroker
