#include "rpc/fresh_request.h"

#include <cstring>

#include "base/ascii.h"

namespace tokenbroker {
namespace {

// The encoding of a string field of a low number: its tag and its size, a byte each, and the text.
constexpr uint8_t kBytes = 2;
constexpr size_t kHead = 2;
// A size from here on takes more bytes.
constexpr uint8_t kLongSize = 0x80;

constexpr uint8_t TagOf(int field) { return static_cast<uint8_t>(field << 3 | kBytes); }

}  // namespace

bool FreshRequest::ParseFromArray(const void* bytes, int size) {
  if (size >= 0 && static_cast<size_t>(size) <= kRoom) {
    std::memcpy(room_, bytes, static_cast<size_t>(size));
    size_ = static_cast<uint8_t>(size);
    if (ReadNames()) return true;
  }
  return message_.emplace().ParseFromArray(bytes, size);
}

bool FreshRequest::ReadNames() {
  using Request = v1::GetFreshTokenRequest;
  for (size_t at = 0; at < size_;) {
    if (size_ - at < kHead) return false;
    const auto tag = static_cast<uint8_t>(room_[at]);
    const auto length = static_cast<uint8_t>(room_[at + 1]);
    at += kHead;
    if (length >= kLongSize || length > size_ - at) return false;
    const Name name = {static_cast<uint8_t>(at), length};
    if (PrintableAsciiPrefix<>(View(name)) != length) return false;
    // Of a field that comes again the last counts, as with every message.
    switch (tag) {
      case TagOf(Request::kTenantFieldNumber):
        tenant_ = name;
        break;
      case TagOf(Request::kProviderFieldNumber):
        provider_ = name;
        break;
      case TagOf(Request::kSubjectFieldNumber):
        subject_ = name;
        break;
      default:
        return false;
    }
    at += length;
  }
  return true;
}

}  // namespace tokenbroker
