#include "tests/provider_simulator/form.h"

#include <cctype>
#include <cstddef>

#include "absl/strings/str_split.h"

namespace provider_simulator {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUnreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

}  // namespace

absl::optional<std::string> FormDecode(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (text.size() - i < 3) return absl::nullopt;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return absl::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

std::string FormEncode(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string encoded;
  for (const auto& [name, value] : fields) {
    if (!encoded.empty()) encoded += '&';
    encoded += FormEncode(name) + "=" + FormEncode(value);
  }
  return encoded;
}

absl::optional<Form> ParseForm(const std::string& text) {
  Form form;
  const std::vector<std::string> fields = absl::StrSplit(text, '&', absl::SkipEmpty());
  for (const std::string& field : fields) {
    const std::size_t equals = field.find('=');
    const auto name = FormDecode(field.substr(0, equals));
    const auto value =
        FormDecode(equals == std::string::npos ? std::string() : field.substr(equals + 1));
    if (!name.has_value() || !value.has_value()) return absl::nullopt;
    if (!form.emplace(*name, *value).second) return absl::nullopt;
  }
  return form;
}

std::string Field(const Form& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string() : found->second;
}

std::vector<std::string> SplitWords(const std::string& text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

}  // namespace provider_simulator
