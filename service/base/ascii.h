// The long plain beginning of a text, eight bytes at a time: most texts are nothing else. Any
// thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tokenbroker {

// How many bytes at the beginning of `text` are printable ASCII (0x20 to 0x7E) and none of
// `kExcept`.
template <char... kExcept>
size_t PrintableAsciiPrefix(absl::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kTops = 0x80 * kOnes;
  constexpr size_t kWord = sizeof(uint64_t);
  // Whether a byte of the word has its top bit, or gets it when it is below 0x20 or, after an xor
  // with what is looked for, zero. What a borrow adds comes above such a byte only.
  const auto plain_word = [](const char* bytes) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, kWord);
    uint64_t others = word | (word - 0x20 * kOnes) | ((word ^ 0x7F * kOnes) - kOnes);
    ((others |= (word ^ static_cast<unsigned char>(kExcept) * kOnes) - kOnes), ...);
    return (others & kTops) == 0;
  };
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && (... && (c != kExcept)); };
  size_t n = 0;
  while (n + kWord <= text.size() && plain_word(text.data() + n)) n += kWord;
  // The last bytes together with some before them.
  const bool few_left = text.size() >= kWord && text.size() - n < kWord;
  if (few_left && plain_word(text.data() + text.size() - kWord)) return text.size();
  while (n < text.size() && plain(text[n])) ++n;
  return n;
}

}  // namespace tokenbroker
