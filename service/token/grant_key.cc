#include "token/grant_key.h"

#include <absl/hash/hash.h>
#include <absl/strings/str_cat.h>

#include <cstdint>

#include "token/refusal.h"

namespace tokenbroker {
namespace {

// The number of bytes that the sequence at text[i] takes, and its code point; 0 when ill-formed.
size_t DecodeOne(absl::string_view text, size_t i, uint32_t* code_point) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  const size_t length = lead < 0x80       ? 1
                        : lead >> 5 == 6  ? 2
                        : lead >> 4 == 14 ? 3
                        : lead >> 3 == 30 ? 4
                                          : 0;
  if (length == 0 || i + length > text.size()) return 0;
  *code_point = length == 1 ? lead : lead & (0x7Fu >> length);
  for (size_t k = 1; k < length; ++k) {
    if (byte(i + k) >> 6 != 2) return 0;
    *code_point = *code_point << 6 | (byte(i + k) & 0x3Fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool overlong = *code_point < kSmallest[length];
  const bool surrogate = *code_point >= 0xD800 && *code_point <= 0xDFFF;
  return overlong || surrogate || *code_point > 0x10FFFF ? 0 : length;
}

absl::Status ValidatePart(absl::string_view field, absl::string_view value, size_t most) {
  if (!value.empty() && value.size() <= most && IsPrintableUtf8(value)) return absl::OkStatus();
  return FieldInvalid(
      field, absl::StrCat("must be 1 to ", most, " bytes of UTF-8 without control characters",
                          value.empty() ? "; it is empty" : ""));
}

}  // namespace

size_t GrantKeyHash::operator()(const GrantKeyView& k) const {
  return absl::Hash<GrantKeyView>()(k);
}

bool IsPrintableUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    uint32_t code_point = 0;
    const size_t length = DecodeOne(text, i, &code_point);
    if (length == 0 || code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) return false;
    i += length;
  }
  return true;
}

absl::Status Validate(const GrantKeyView& key) {
  if (absl::Status s = ValidatePart("tenant", key.tenant, kMaxTenantBytes); !s.ok()) return s;
  if (key.provider.empty()) return FieldInvalid("provider", "must name a configured provider");
  return ValidatePart("subject", key.subject, kMaxSubjectBytes);
}

}  // namespace tokenbroker
