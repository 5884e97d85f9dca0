#include "base/json_text.h"

#include <absl/strings/str_cat.h>

#include <cstdint>

#include "base/ascii.h"
#include "base/utf8.h"

namespace tokenbroker {

void AppendJsonText(absl::string_view text, std::string* out) {
  *out += '"';
  for (size_t i = 0; i < text.size();) {
    const size_t plain = PrintableAsciiPrefix<'"', '\\'>(text.substr(i));
    out->append(text.data() + i, plain);
    i += plain;
    if (i == text.size()) break;
    uint32_t code_point = 0;
    const size_t length = DecodeUtf8(text, i, &code_point);
    if (length == 0) {
      *out += "\xEF\xBF\xBD";
    } else if (code_point == '"' || code_point == '\\') {
      absl::StrAppend(out, "\\", text.substr(i, 1));
    } else if (code_point < 0x20) {
      absl::StrAppend(out, "\\u", absl::Hex(code_point, absl::kZeroPad4));
    } else {
      absl::StrAppend(out, text.substr(i, length));
    }
    i += length == 0 ? 1 : length;
  }
  *out += '"';
}

}  // namespace tokenbroker
