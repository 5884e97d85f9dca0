#include "config/message_reader.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "config/duration_text.h"
#include "config/unknown_key.h"

namespace tokenbroker {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Duration;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kNotAnInteger =
    "is not a whole number in range; write plain digits without quotes";
constexpr absl::string_view kNotANumber = "is not a number; write plain digits without quotes";
constexpr absl::string_view kNotABool = "is not a boolean; write true or false without quotes";
constexpr absl::string_view kNotADuration =
    "is not a duration; write one number with ms, s, m or h, such as 300s";

std::string Join(const std::string& path, const std::string& key) {
  const std::string shown = Printable(key);
  return path.empty() ? shown : absl::StrCat(path, ".", shown);
}

// In any case: RS256 is written so everywhere else.
const EnumValueDescriptor* FindValue(const EnumDescriptor& type, absl::string_view text) {
  for (int i = 1; i < type.value_count(); ++i) {
    if (absl::EqualsIgnoreCase(ValueSpelling(*type.value(i)), text)) return type.value(i);
  }
  return nullptr;
}

bool ParseInteger(const std::string& text, int32_t* value) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  const size_t sign = text.rfind('-', 0) == 0 ? 1 : 0;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(sign), text.end(), is_digit) &&
         absl::SimpleAtoi(text, value);
}

bool ParseNumber(const std::string& text, double* value) {
  const bool plain = text.find_first_not_of("0123456789.-") == std::string::npos;
  return plain && absl::SimpleAtod(text, value) && std::isfinite(*value);
}

}  // namespace

void MessageReader::Read(const YamlNode& node, const std::string& path, Message& message) {
  if (!IsMap(node, path)) return;
  const Descriptor& type = *message.GetDescriptor();
  for (const YamlNode* child : Distinct(node, path)) {
    const std::string child_path = Join(path, child->key);
    const FieldDescriptor* field = type.FindFieldByName(child->key);
    if (field == nullptr) {
      errors_.Add(child_path, child->key_position, DescribeUnknownKey(type, child->key));
      continue;
    }
    ReadField(*child, child_path, *field, message);
  }
}

void MessageReader::ReadField(const YamlNode& node, const std::string& path,
                              const FieldDescriptor& field, Message& message) {
  if (node.kind == YamlNode::Kind::kNull) {
    errors_.Add(path, node.key_position, "has no value; give it one or leave the key out");
  } else if (field.is_map()) {
    ReadMap(node, path, field, message);
  } else if (field.is_repeated()) {
    ReadList(node, path, field, message);
  } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    ReadScalar(node, path, field, message);
  } else if (field.message_type() == Duration::descriptor()) {
    ReadDuration(node, path, *message.GetReflection()->MutableMessage(&message, &field));
  } else {
    Read(node, path, *message.GetReflection()->MutableMessage(&message, &field));
  }
}

void MessageReader::ReadList(const YamlNode& node, const std::string& path,
                             const FieldDescriptor& field, Message& message) {
  if (node.kind != YamlNode::Kind::kSequence) {
    errors_.Add(path, node.position, "is not a list; write [ one, two ]");
    return;
  }
  const Reflection& reflection = *message.GetReflection();
  reflection.ClearField(&message, &field);
  for (size_t i = 0; i < node.children.size(); ++i) {
    const std::string item_path = absl::StrCat(path, "[", i, "]");
    errors_.SetPosition(item_path, node.children[i].position);
    // An item that is refused keeps its place, so that later errors name the right index.
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Read(node.children[i], item_path, *reflection.AddMessage(&message, &field));
      continue;
    }
    reflection.AddString(&message, &field,
                         ReadText(node.children[i], item_path).value_or(std::string()));
  }
}

void MessageReader::ReadMap(const YamlNode& node, const std::string& path,
                            const FieldDescriptor& field, Message& message) {
  if (!IsMap(node, path)) return;
  const FieldDescriptor& key_field = *field.message_type()->map_key();
  const FieldDescriptor& value_field = *field.message_type()->map_value();
  for (const YamlNode* child : Distinct(node, path)) {
    const std::string child_path = Join(path, child->key);
    Message& entry = *message.GetReflection()->AddMessage(&message, &field);
    const Reflection& reflection = *entry.GetReflection();
    reflection.SetString(&entry, &key_field, child->key);
    if (value_field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && seed_ != nullptr) {
      seed_(*child, *reflection.MutableMessage(&entry, &value_field));
    }
    ReadField(*child, child_path, value_field, entry);
  }
}

absl::optional<std::string> MessageReader::ReadText(const YamlNode& node, const std::string& path) {
  if (!node.IsScalar()) {
    errors_.Add(path, node.position, "is not a single value; write plain or quoted text");
    return absl::nullopt;
  }
  absl::StatusOr<std::string> text = Substitute(node.text, environment_);
  if (!text.ok()) {
    errors_.Add(path, node.position, text.status().message());
    return absl::nullopt;
  }
  if (!std::all_of(text->begin(), text->end(), absl::ascii_isprint)) {
    errors_.Add(path, node.position,
                "has characters other than printable ASCII; percent-encode them or take them out");
    return absl::nullopt;
  }
  return *std::move(text);
}

void MessageReader::ReadScalar(const YamlNode& node, const std::string& path,
                               const FieldDescriptor& field, Message& message) {
  const absl::optional<std::string> text = ReadText(node, path);
  if (!text.has_value()) return;
  const bool plain = node.kind == YamlNode::Kind::kPlain;
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(&message, &field, *text);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!plain || (*text != "true" && *text != "false")) {
        return errors_.Add(path, node.position, kNotABool);
      }
      return reflection.SetBool(&message, &field, *text == "true");
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t value = 0;
      if (!plain || !ParseInteger(*text, &value)) {
        return errors_.Add(path, node.position, kNotAnInteger);
      }
      return reflection.SetInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      if (!plain || !ParseNumber(*text, &value)) {
        return errors_.Add(path, node.position, kNotANumber);
      }
      return reflection.SetDouble(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = FindValue(*field.enum_type(), *text);
      if (value == nullptr) {
        return errors_.Add(path, node.position, DescribeUnknownValue(*field.enum_type(), *text));
      }
      return reflection.SetEnum(&message, &field, value);
    }
    default:
      return errors_.Add(path, node.position, "is of a type that the file cannot carry");
  }
}

void MessageReader::ReadDuration(const YamlNode& node, const std::string& path, Message& message) {
  const absl::optional<std::string> text = ReadText(node, path);
  if (!text.has_value()) return;
  const absl::optional<absl::Duration> parsed = ParseDurationText(*text);
  if (!parsed.has_value()) return errors_.Add(path, node.position, kNotADuration);
  auto& duration = static_cast<Duration&>(message);
  absl::Duration rest;
  duration.set_seconds(absl::IDivDuration(*parsed, absl::Seconds(1), &rest));
  duration.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

bool MessageReader::IsMap(const YamlNode& node, const std::string& path) {
  if (node.kind == YamlNode::Kind::kMap) return true;
  errors_.Add(path, node.position, "is not a map; write key: value pairs below it, or {}");
  return false;
}

std::vector<const YamlNode*> MessageReader::Distinct(const YamlNode& map, const std::string& path) {
  std::vector<const YamlNode*> distinct;
  std::set<std::string> seen;
  for (const YamlNode& child : map.children) {
    const std::string child_path = Join(path, child.key);
    if (seen.insert(child.key).second) {
      errors_.SetPosition(child_path, child.key_position);
      distinct.push_back(&child);
    } else {
      errors_.Add(child_path, child.key_position, "is given twice; keep one of the two");
    }
  }
  return distinct;
}

}  // namespace tokenbroker
