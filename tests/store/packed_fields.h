// Fields as the store's scripts pack them, of short texts (store/record_fields.h).
#pragma once

#include <absl/strings/str_cat.h>

#include <string>
#include <utility>
#include <vector>

namespace tokenbroker {

// REQUIRES: at most 31 bytes.
inline std::string PackedText(const std::string& text) {
  return absl::StrCat(std::string(1, static_cast<char>(0xA0 + text.size())), text);
}

// REQUIRES: at most seven.
inline std::string PackedFields(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string packed(1, static_cast<char>(0x90 + 2 * fields.size()));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&packed, PackedText(name), PackedText(value));
  }
  return packed;
}

}  // namespace tokenbroker
