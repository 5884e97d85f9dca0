// Which of a cluster's 16,384 hash slots a key lies in.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>

namespace tokenbroker {

constexpr int kClusterSlots = 16384;

// By the key's hash tag, what stands between its first `{` and the next `}`, when there is one and
// it is not empty; otherwise by the whole key. Any thread.
int KeySlot(absl::string_view key);

// CRC-16/XMODEM: polynomial 0x1021, starting at zero, most significant bit first.
uint16_t Crc16(absl::string_view bytes);

}  // namespace tokenbroker
