#include "redis/key_slot.h"

#include <array>
#include <cstddef>

namespace tokenbroker {
namespace {

constexpr std::array<uint16_t, 256> MakeTable() {
  std::array<uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned remainder = byte << 8;
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (remainder & 0x8000) != 0;
      remainder = (remainder << 1) ^ (carry ? 0x1021u : 0u);
    }
    table[byte] = static_cast<uint16_t>(remainder & 0xFFFF);
  }
  return table;
}

constexpr std::array<uint16_t, 256> kTable = MakeTable();

absl::string_view HashedPart(absl::string_view key) {
  const size_t open = key.find('{');
  if (open == absl::string_view::npos) return key;
  const size_t close = key.find('}', open + 1);
  if (close == absl::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

uint16_t Crc16(absl::string_view bytes) {
  unsigned remainder = 0;
  for (const char c : bytes) {
    const unsigned byte = static_cast<unsigned char>(c);
    remainder = ((remainder << 8) & 0xFFFF) ^ kTable[((remainder >> 8) ^ byte) & 0xFF];
  }
  return static_cast<uint16_t>(remainder);
}

int KeySlot(absl::string_view key) { return Crc16(HashedPart(key)) % kClusterSlots; }

}  // namespace tokenbroker
