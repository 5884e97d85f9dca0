#include "oauth/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

namespace tokenbroker {
namespace {

namespace json = boost::json;

// Listens to the parser for keys alone.
class KeyCounter {
 public:
  static constexpr size_t max_object_size = json::object::max_size();
  static constexpr size_t max_array_size = json::array::max_size();
  static constexpr size_t max_key_size = 64 * 1024;
  static constexpr size_t max_string_size = json::string::max_size();

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(size_t, json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(size_t, json::error_code&) { return true; }
  bool on_key_part(json::string_view, size_t, json::error_code&) { return true; }
  bool on_key(json::string_view, size_t, json::error_code&) {
    ++keys_;
    return true;
  }
  bool on_string_part(json::string_view, size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  size_t keys() const { return keys_; }

 private:
  size_t keys_ = 0;
};

size_t KeysIn(const json::value& value) {
  size_t keys = 0;
  if (const json::object* object = value.if_object()) {
    keys = object->size();
    for (const auto& member : *object) keys += KeysIn(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) keys += KeysIn(item);
  }
  return keys;
}

json::parse_options Options(Utf8Rule utf8) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  options.allow_invalid_utf8 = utf8 == Utf8Rule::kLenient;
  return options;
}

// Boost's tree keeps the last of two equal keys silently, and then has fewer than the text.
bool HasDuplicateKeys(absl::string_view text, const json::parse_options& options,
                      const json::value& tree) {
  json::basic_parser<KeyCounter> parser(options);
  json::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  return error.failed() || parser.handler().keys() != KeysIn(tree);
}

}  // namespace

absl::StatusOr<json::object> ParseJsonObject(absl::string_view text, Utf8Rule utf8) {
  const json::parse_options options = Options(utf8);
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error.failed()) return absl::InvalidArgumentError("is not well-formed JSON");
  if (!value.is_object()) return absl::InvalidArgumentError("is not a JSON object");
  if (HasDuplicateKeys(text, options, value))
    return absl::InvalidArgumentError("names a key twice");
  return std::move(value.get_object());
}

const json::value* Find(const json::object& object, absl::string_view key) {
  return object.if_contains(json::string_view(key.data(), key.size()));
}

absl::optional<absl::string_view> FindString(const json::object& object, absl::string_view key) {
  const json::value* value = Find(object, key);
  if (value == nullptr || !value->is_string()) return absl::nullopt;
  const json::string& text = value->get_string();
  return absl::string_view(text.data(), text.size());
}

}  // namespace tokenbroker
