// A record of any bytes, as a stranger may put it into Redis or into the spill: refused without a
// word of it, or exactly what was sealed. What is sealed here opens again, and for nobody else.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/aes_gcm.h"
#include "crypto/digest.h"
#include "crypto/sealed_record.h"
#include "crypto/sealer.h"

namespace tokenbroker {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

const Sealer& TheSealer() {
  static const FixedKeyring& keyring = *new FixedKeyring(
      *Keyring::Make({{"key-1", Secret(Sha256("1")), absl::UnixEpoch(), absl::UnixEpoch()}}));
  static const Sealer& sealer = *new Sealer(keyring);
  return sealer;
}

void CheckRefusal(const absl::Status& status) {
  Require(absl::IsDataLoss(status) || absl::IsNotFound(status) || absl::IsUnimplemented(status));
  const absl::string_view message = status.message();
  Require(message.size() < 200 && std::all_of(message.begin(), message.end(), [](char c) {
            return absl::ascii_isprint(static_cast<unsigned char>(c));
          }));
}

void CheckParse(absl::string_view bytes) {
  const absl::StatusOr<SealedParts> parts = ParseSealed(bytes);
  if (!parts.ok()) return CheckRefusal(parts.status());
  Require(IsKeyId(parts->key_id) && parts->nonce.size() == kGcmNonceBytes);
  Require(parts->ciphertext_and_tag.size() >= kGcmTagBytes);
  Require(FormatSealed(*parts) == bytes);
}

void CheckOpen(absl::string_view bytes) {
  const absl::StatusOr<Secret> opened = TheSealer().Open(bytes, "owner");
  // Nobody can guess a tag.
  Require(!opened.ok());
  CheckRefusal(opened.status());
}

// The input as a text to seal.
void CheckSeal(absl::string_view text) {
  const absl::StatusOr<SealedRecord> sealed = TheSealer().Seal(text, "owner", absl::UnixEpoch());
  Require(sealed.ok());
  Require(TheSealer().Open(sealed->bytes, "owner")->Expose() == text);
  Require(absl::IsDataLoss(TheSealer().Open(sealed->bytes, "another").status()));
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  tokenbroker::CheckParse(bytes);
  tokenbroker::CheckOpen(bytes);
  tokenbroker::CheckSeal(bytes);
  return 0;
}
