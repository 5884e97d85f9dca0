// The characters that percent-encoding leaves as they are (RFC 3986 2.3). Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tokenbroker {
namespace internal_unreserved {

constexpr std::array<bool, 256> Table() {
  std::array<bool, 256> unreserved{};
  for (const absl::string_view range : {"09", "AZ", "az", "--", "..", "__", "~~"}) {
    for (auto c = static_cast<uint8_t>(range[0]); c <= static_cast<uint8_t>(range[1]); ++c) {
      unreserved[c] = true;
    }
  }
  return unreserved;
}
inline constexpr std::array<bool, 256> kTable = Table();

}  // namespace internal_unreserved

// Letters and digits of ASCII, '-', '.', '_' and '~'.
inline bool IsUnreserved(char c) { return internal_unreserved::kTable[static_cast<uint8_t>(c)]; }

// How many bytes at the beginning of `text` are unreserved.
inline size_t UnreservedPrefix(absl::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsUnreserved) -
                             text.begin());
}

}  // namespace tokenbroker
