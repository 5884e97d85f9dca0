#include "oauth/percent_encoding.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/str_split.h>

#include "base/unreserved.h"

namespace tokenbroker {
namespace {

constexpr size_t kMaxFields = 100;
constexpr char kHex[] = "0123456789ABCDEF";

// -1 for what is no hexadecimal digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void AppendPercentEncoded(absl::string_view text, SpaceAs space, std::string* out) {
  for (;;) {
    const size_t plain = UnreservedPrefix(text);
    out->append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == ' ' && space == SpaceAs::kPlus) {
      out->push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out->push_back('%');
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    }
  }
}

size_t PercentEncodedSize(absl::string_view text, SpaceAs space) {
  size_t size = 0;
  for (const char c : text) {
    size += IsUnreserved(c) || (c == ' ' && space == SpaceAs::kPlus) ? 1 : 3;
  }
  return size;
}

absl::optional<std::string> PercentDecode(absl::string_view text, PlusIs plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == PlusIs::kSpace) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return absl::nullopt;
      out.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  return out;
}

absl::StatusOr<FormFields> ParseForm(absl::string_view text) {
  FormFields fields;
  absl::flat_hash_set<std::string> names;
  for (const absl::string_view piece : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    if (fields.size() == kMaxFields) return absl::InvalidArgumentError("has too many parameters");
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(piece, absl::MaxSplits('=', 1));
    absl::optional<std::string> name = PercentDecode(halves.first, PlusIs::kSpace);
    absl::optional<std::string> value = PercentDecode(halves.second, PlusIs::kSpace);
    if (!name || !value) return absl::InvalidArgumentError("has a broken percent-escape");
    if (name->empty()) return absl::InvalidArgumentError("has a parameter without a name");
    if (!names.insert(*name).second) return absl::InvalidArgumentError("repeats a parameter");
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

}  // namespace tokenbroker
