// A grant's key in one piece of memory: a cache holds hundreds of thousands.
#pragma once

#include <cstdint>
#include <memory>

#include "token/grant_key.h"

namespace tokenbroker {

// A value; not for several threads at once.
class PackedKey {
 public:
  // False for a key that Validate() refuses and that is too long to be packed.
  static bool Fits(const GrantKeyView& key);
  // REQUIRES: Fits(key).
  explicit PackedKey(const GrantKeyView& key);
  PackedKey(const PackedKey& other) : PackedKey(other.view()) {}
  PackedKey(PackedKey&&) noexcept = default;
  PackedKey& operator=(PackedKey&&) noexcept = default;

  // Borrows from the key.
  GrantKeyView view() const;

 private:
  // Of the three parts, before their bytes.
  struct Sizes {
    uint16_t tenant;
    uint16_t provider;
    uint16_t subject;
  };

  std::unique_ptr<char[]> bytes_;
};

}  // namespace tokenbroker
