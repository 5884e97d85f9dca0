#include "config/unknown_key.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "config/config_errors.h"

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

constexpr absl::string_view kNoPrivateKeyJwt =
    "private_key_jwt is not supported yet; use client_secret_basic with client_secret_file";

constexpr absl::string_view kInTheUri =
    "belongs into the uri; write redis://user@host:6379/database";

constexpr Special kSpecial[] = {
    {"Config", "policy", "this build has no policy yet; leave it out"},
    {"Server", "tls",
     "this build serves no TLS yet; listen on a loopback address or a unix socket"},
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
    {"Provider", "private_key_file", kNoPrivateKeyJwt},
    {"Provider", "key_id", kNoPrivateKeyJwt},
    {"Provider", "signing_algorithm", kNoPrivateKeyJwt},
    {"ClientAuthentication", "private_key_jwt", kNoPrivateKeyJwt},
};

absl::string_view FindSpecial(const std::string& type, absl::string_view key) {
  for (const Special& special : kSpecial) {
    if (absl::string_view(type) == special.type && key == special.key) return special.text;
  }
  return {};
}

// clientId, client-id and client_id are the same to somebody in a hurry.
std::string Plain(absl::string_view key) {
  std::string out = absl::AsciiStrToLower(key);
  out.erase(std::remove_if(out.begin(), out.end(), [](char c) { return c == '_' || c == '-'; }),
            out.end());
  return out;
}

// Levenshtein's distance.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string NearestField(const Descriptor& message, const std::string& plain) {
  constexpr size_t kLongestKey = 64;
  std::string best;
  if (plain.size() > kLongestKey) return best;
  size_t best_distance = 1 + std::max<size_t>(plain.size() < 4 ? 1 : 2, plain.size() / 4);
  for (int i = 0; i < message.field_count(); ++i) {
    const std::string& name = message.field(i)->name();
    const size_t distance = Distance(plain, Plain(name));
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

// `refresh.margin` for somebody who wrote margin one level too high.
std::string FieldOneLevelDown(const Descriptor& message, const std::string& plain) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& section = *message.field(i);
    if (section.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || section.is_repeated()) continue;
    if (section.message_type()->file() != message.file()) continue;
    for (int k = 0; k < section.message_type()->field_count(); ++k) {
      const std::string& name = section.message_type()->field(k)->name();
      if (Plain(name) == plain) return absl::StrCat(section.name(), ".", name);
    }
  }
  return "";
}

}  // namespace

std::string DescribeUnknownKey(const Descriptor& message, absl::string_view key) {
  const absl::string_view special = FindSpecial(message.name(), key);
  if (!special.empty()) return std::string(special.data(), special.size());
  const std::string plain = Plain(key);
  std::string meant = FieldOneLevelDown(message, plain);
  if (meant.empty()) meant = NearestField(message, plain);
  if (!meant.empty()) return absl::StrCat("there is no such key; did you mean ", meant, "?");
  std::vector<std::string> known;
  known.reserve(static_cast<size_t>(message.field_count()));
  for (int i = 0; i < message.field_count(); ++i) known.push_back(message.field(i)->name());
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
