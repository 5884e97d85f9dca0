#include "crypto/keyring.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "crypto/aes_gcm.h"

namespace tokenbroker {
namespace {

// `others` are the keys that were looked at before.
absl::Status Check(const SealingKey& key, const std::vector<SealingKey>& keys, size_t others) {
  if (!IsKeyId(key.id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key's id is not 1 to ", kMaxKeyIdBytes, " letters, digits, '-', '_', '.'"));
  }
  if (key.key.Expose().size() != kAesKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key ", key.id, " has not ", kAesKeyBytes, " bytes"));
  }
  for (size_t i = 0; i < others; ++i) {
    if (keys[i].id == key.id) {
      return absl::InvalidArgumentError(absl::StrCat("there are two keys of the id ", key.id));
    }
    if (keys[i].key == key.key) {
      return absl::InvalidArgumentError(
          absl::StrCat("the keys ", keys[i].id, " and ", key.id, " are the same"));
    }
  }
  return absl::OkStatus();
}

bool IsKeyIdByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

}  // namespace

bool IsKeyId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxKeyIdBytes &&
         std::all_of(text.begin(), text.end(), IsKeyIdByte);
}

absl::StatusOr<Keyring> Keyring::Make(std::vector<SealingKey> keys) {
  if (keys.empty()) return absl::InvalidArgumentError("there is no key");
  for (size_t i = 0; i < keys.size(); ++i) TB_RETURN_IF_ERROR(Check(keys[i], keys, i));
  std::sort(keys.begin(), keys.end(), [](const SealingKey& a, const SealingKey& b) {
    return std::tie(a.write_from, a.created, a.id) < std::tie(b.write_from, b.created, b.id);
  });
  return Keyring(std::move(keys));
}

const SealingKey* Keyring::Find(absl::string_view id) const {
  for (const SealingKey& key : keys_) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

const SealingKey& Keyring::WriteKey(absl::Time now) const {
  const auto future = std::find_if(keys_.begin(), keys_.end(),
                                   [now](const SealingKey& key) { return key.write_from > now; });
  return future == keys_.begin() ? *future : *(future - 1);
}

std::vector<std::string> Keyring::ReadableIds() const {
  std::vector<std::string> ids;
  ids.reserve(keys_.size());
  for (const SealingKey& key : keys_) ids.push_back(key.id);
  return ids;
}

}  // namespace tokenbroker
