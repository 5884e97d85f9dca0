#include "store/record_fields.h"

#include <absl/strings/str_cat.h>

#include <charconv>
#include <limits>

namespace tokenbroker {
namespace {

// What is left of a MessagePack text (github.com/msgpack/msgpack, spec.md): lengths are big-endian.
class Unpacker {
 public:
  explicit Unpacker(absl::string_view packed) : all_(packed) {}

  bool done() const { return at_ == all_.size(); }

  // How many elements the array has that begins here; nullopt when none does.
  absl::optional<size_t> Array() {
    const uint8_t head = Byte();
    if ((head & 0xF0U) == 0x90) return head & 0x0FU;
    if (head == 0xDC) return Length(2);
    if (head == 0xDD) return Length(4);
    return absl::nullopt;
  }

  // The place of the string that begins here; nullopt when none does, or not all of it is there.
  absl::optional<std::pair<size_t, size_t>> String() {
    const uint8_t head = Byte();
    absl::optional<size_t> size;
    if ((head & 0xE0U) == 0xA0) size = head & 0x1FU;
    if (head == 0xD9) size = Length(1);
    if (head == 0xDA) size = Length(2);
    if (head == 0xDB) size = Length(4);
    if (!size || *size > all_.size() - at_) return absl::nullopt;
    const size_t begin = at_;
    at_ += *size;
    return std::make_pair(begin, *size);
  }

 private:
  // At the end: one that begins nothing.
  uint8_t Byte() { return done() ? 0xC1 : static_cast<uint8_t>(all_[at_++]); }

  absl::optional<size_t> Length(size_t bytes) {
    if (all_.size() - at_ < bytes) return absl::nullopt;
    size_t length = 0;
    for (size_t i = 0; i < bytes; ++i) length = length << 8 | Byte();
    return length;
  }

  absl::string_view all_;
  size_t at_ = 0;
};

// nullopt unless all of it is a number. Several times as fast as absl::SimpleAtoi, for the dozen
// numbers of a record.
absl::optional<int64_t> ParseNumber(absl::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return absl::nullopt;
  return number;
}

}  // namespace

absl::optional<RecordFields> RecordFields::Unpack(std::string packed) {
  if (packed.size() > std::numeric_limits<uint32_t>::max()) return absl::nullopt;
  RecordFields fields;
  Unpacker unpacker(packed);
  const absl::optional<size_t> elements = unpacker.Array();
  // Each takes a byte at least: more are not there, whatever is said.
  if (!elements || *elements % 2 != 0 || *elements > packed.size()) return absl::nullopt;
  fields.fields_.reserve(*elements / 2);
  for (size_t i = 0; i < *elements; i += 2) {
    const auto name = unpacker.String();
    if (!name) return absl::nullopt;
    const auto value = unpacker.String();
    if (!value) return absl::nullopt;
    const auto span = [](const std::pair<size_t, size_t>& place) {
      return Span{static_cast<uint32_t>(place.first), static_cast<uint32_t>(place.second)};
    };
    fields.fields_.emplace_back(span(*name), span(*value));
  }
  if (!unpacker.done()) return absl::nullopt;
  fields.packed_ = std::move(packed);
  return fields;
}

const RecordFields::Span* RecordFields::Find(absl::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (In(field) == name) return &value;
  }
  return nullptr;
}

absl::string_view RecordFields::Text(absl::string_view name) const {
  const Span* found = Find(name);
  return found == nullptr ? absl::string_view() : In(*found);
}

int64_t RecordFields::Number(absl::string_view name) const {
  return ParseNumber(Text(name)).value_or(0);
}

absl::optional<absl::Time> RecordFields::Time(absl::string_view name) const {
  return ParseMillis(Text(name));
}

absl::Time RecordFields::TimeOrEpoch(absl::string_view name) const {
  return Time(name).value_or(absl::Time());
}

std::string MillisText(absl::Time t) {
  if (t == absl::InfiniteFuture()) return "inf";
  if (t == absl::InfinitePast()) return "-inf";
  return t == absl::Time() ? std::string() : absl::StrCat(absl::ToUnixMillis(t));
}

std::string MillisText(const absl::optional<absl::Time>& t) {
  return t ? MillisText(*t) : std::string();
}

absl::optional<absl::Time> ParseMillis(absl::string_view text) {
  if (text == "inf") return absl::InfiniteFuture();
  if (text == "-inf") return absl::InfinitePast();
  const absl::optional<int64_t> millis = ParseNumber(text);
  if (!millis) return absl::nullopt;
  return absl::FromUnixMillis(*millis);
}

}  // namespace tokenbroker
