#include "token/grant_key.h"

#include <absl/hash/hash.h>
#include <absl/strings/str_cat.h>

#include <cstdint>

#include "base/ascii.h"
#include "base/utf8.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

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
  for (size_t i = PrintableAsciiPrefix<>(text); i < text.size();) {
    uint32_t code_point = 0;
    const size_t length = DecodeUtf8(text, i, &code_point);
    if (length == 0 || code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) return false;
    i += length;
  }
  return true;
}

absl::Status Validate(const GrantKeyView& key) {
  if (absl::Status s = ValidatePart("tenant", key.tenant, kMaxTenantBytes); !s.ok()) return s;
  if (key.provider.empty() || key.provider.size() > kMaxProviderBytes) {
    return FieldInvalid("provider", "must name a configured provider");
  }
  return ValidatePart("subject", key.subject, kMaxSubjectBytes);
}

}  // namespace tokenbroker
