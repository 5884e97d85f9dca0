#include "base/json_text.h"

#include <absl/strings/str_format.h>

#include <cstdint>
#include <cstring>

#include "base/ascii.h"
#include "base/utf8.h"

namespace tokenbroker {
namespace {

char* Write(absl::string_view bytes, char* out) {
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

// What is no plain text, at text[*i]; moves *i behind it.
char* WriteSpecial(absl::string_view text, size_t* i, char* out) {
  uint32_t code_point = 0;
  const size_t length = DecodeUtf8(text, *i, &code_point);
  const absl::string_view sequence = text.substr(*i, length);
  *i += length == 0 ? 1 : length;
  if (length == 0) return Write("\xEF\xBF\xBD", out);
  if (code_point == '"' || code_point == '\\') return Write(sequence, Write("\\", out));
  if (code_point < 0x20) return Write(absl::StrFormat("\\u%04x", code_point), out);
  return Write(sequence, out);
}

}  // namespace

char* WriteJsonText(absl::string_view text, char* out) {
  *out++ = '"';
  for (size_t i = 0; i < text.size();) {
    const size_t plain = PrintableAsciiPrefix<'"', '\\'>(text.substr(i));
    out = Write(text.substr(i, plain), out);
    i += plain;
    if (i < text.size()) out = WriteSpecial(text, &i, out);
  }
  *out++ = '"';
  return out;
}

std::string JsonText(absl::string_view text) {
  std::string json(JsonTextBound(text.size()), '\0');
  json.resize(static_cast<size_t>(WriteJsonText(text, json.data()) - json.data()));
  return json;
}

}  // namespace tokenbroker
