// A keyring file of any bytes: refused with one line that can be logged, or a keyring that can be
// written and read again.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/keyring_text.h"

namespace tokenbroker {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckRefusal(const absl::Status& status) {
  const absl::string_view message = status.message();
  Require(absl::IsInvalidArgument(status) && absl::StartsWith(message, "ring:"));
  Require(message.size() < 200 && std::all_of(message.begin(), message.end(), [](char c) {
            return absl::ascii_isprint(static_cast<unsigned char>(c));
          }));
}

void CheckKeyring(absl::string_view text) {
  const absl::StatusOr<Keyring> keyring = ParseKeyring(text, "ring");
  if (!keyring.ok()) return CheckRefusal(keyring.status());
  Require(keyring->Find(keyring->WriteKey(absl::UnixEpoch()).id) != nullptr);
  const absl::StatusOr<Keyring> again = ParseKeyring(FormatKeyring(*keyring).Expose(), "ring");
  Require(again.ok() && *again == *keyring);
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::CheckKeyring(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
