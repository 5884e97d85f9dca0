// The keys that records at rest are sealed with. Many can read, one writes. Any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"

namespace tokenbroker {

inline constexpr size_t kMaxKeyIdBytes = 64;

// 1 to kMaxKeyIdBytes letters, digits, '-', '_' and '.'.
bool IsKeyId(absl::string_view text);

struct SealingKey {
  std::string id;
  // 32 random bytes.
  Secret key;
  absl::Time created;
  // From when on this is the write key. In the future when the key is new, so that no replica
  // writes what another cannot read yet.
  absl::Time write_from;

  friend bool operator==(const SealingKey&, const SealingKey&) = default;
};

// Immutable, and never without a key.
class Keyring {
 public:
  // INVALID_ARGUMENT, naming ids and never keys: no key at all, an id that is none or is there
  // twice, a key that has not 32 bytes or is there twice.
  static absl::StatusOr<Keyring> Make(std::vector<SealingKey> keys);

  // Sorted by write_from: each is the write key until the next one takes over.
  const std::vector<SealingKey>& keys() const { return keys_; }

  // nullptr when there is no such key; valid as long as the keyring.
  const SealingKey* Find(absl::string_view id) const;

  // The newest whose write_from has passed. While that is none (a clock that is behind), the one
  // that comes first: sealing never stops.
  const SealingKey& WriteKey(absl::Time now) const;

  // The ids of all keys, in the order of keys().
  std::vector<std::string> ReadableIds() const;

  friend bool operator==(const Keyring&, const Keyring&) = default;

 private:
  explicit Keyring(std::vector<SealingKey> keys) : keys_(std::move(keys)) {}
  std::vector<SealingKey> keys_;
};

// Where everybody gets the keyring in force from. Any thread.
class KeyringSource {
 public:
  virtual ~KeyringSource() = default;
  // Never null. Keep the pointer for one operation, so that it sees one keyring.
  virtual std::shared_ptr<const Keyring> Current() const = 0;
};

// A keyring that does not change; for tests and tools.
class FixedKeyring : public KeyringSource {
 public:
  explicit FixedKeyring(Keyring keyring)
      : keyring_(std::make_shared<const Keyring>(std::move(keyring))) {}
  std::shared_ptr<const Keyring> Current() const override { return keyring_; }

 private:
  const std::shared_ptr<const Keyring> keyring_;
};

}  // namespace tokenbroker
