#include "base/utf8.h"

namespace tokenbroker {

size_t DecodeUtf8(absl::string_view text, size_t i, uint32_t* code_point) {
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

}  // namespace tokenbroker
