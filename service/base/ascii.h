// The long plain beginning of a text, up to sixteen bytes at a time: most texts are nothing else.
// Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tokenbroker {
namespace internal_ascii {

// Whether so many bytes, as one number, are plain. A byte that is not has its top bit, or gets it
// when it is below 0x20 or, after an xor with what is looked for, zero. What a borrow adds comes
// above such a byte only.
template <typename Word, char... kExcept>
bool IsPlainWord(const char* bytes) {
  constexpr Word kOnes = static_cast<Word>(0x0101010101010101);
  constexpr Word kTops = 0x80 * kOnes;
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  Word others = word | (word - 0x20 * kOnes) | ((word ^ 0x7F * kOnes) - kOnes);
  ((others |= (word ^ static_cast<unsigned char>(kExcept) * kOnes) - kOnes), ...);
  return (others & kTops) == 0;
}

// The same, of sixteen. Bytes with the top bit are negative.
template <char... kExcept>
bool IsPlainVector(const char* bytes) {
  using Vector = signed char __attribute__((vector_size(16)));
  Vector vector;
  std::memcpy(&vector, bytes, sizeof vector);
  auto others = (vector < 0x20) | (vector == 0x7F);
  ((others |= vector == kExcept), ...);
  return __builtin_reduce_or(others) == 0;
}

}  // namespace internal_ascii

// How many bytes at the beginning of `text` are printable ASCII (0x20 to 0x7E) and none of
// `kExcept`.
template <char... kExcept>
size_t PrintableAsciiPrefix(absl::string_view text) {
  const auto vector = internal_ascii::IsPlainVector<kExcept...>;
  const auto eight = internal_ascii::IsPlainWord<uint64_t, kExcept...>;
  const auto four = internal_ascii::IsPlainWord<uint32_t, kExcept...>;
  const char* const bytes = text.data();
  const size_t size = text.size();
  size_t n = 0;
  // The last bytes together with some before them.
  if (size >= 16) {
    while (n + 16 <= size && vector(bytes + n)) n += 16;
    if (size - n < 16 && vector(bytes + size - 16)) return size;
  } else if (size >= 8) {
    if (eight(bytes) && eight(bytes + size - 8)) return size;
  } else if (size >= 4) {
    if (four(bytes) && four(bytes + size - 4)) return size;
  }
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && (... && (c != kExcept)); };
  while (n < size && plain(bytes[n])) ++n;
  return n;
}

}  // namespace tokenbroker
