#include "cache/packed_key.h"

#include <cstring>
#include <limits>

namespace tokenbroker {

bool PackedKey::Fits(const GrantKeyView& key) {
  constexpr size_t kMost = std::numeric_limits<uint16_t>::max();
  return key.tenant.size() <= kMost && key.provider.size() <= kMost && key.subject.size() <= kMost;
}

PackedKey::PackedKey(const GrantKeyView& key) {
  const Sizes sizes = {static_cast<uint16_t>(key.tenant.size()),
                       static_cast<uint16_t>(key.provider.size()),
                       static_cast<uint16_t>(key.subject.size())};
  bytes_.reset(
      new char[sizeof(sizes) + key.tenant.size() + key.provider.size() + key.subject.size()]);
  std::memcpy(bytes_.get(), &sizes, sizeof(sizes));
  char* end = bytes_.get() + sizeof(sizes);
  for (const absl::string_view part : {key.tenant, key.provider, key.subject}) {
    end += part.copy(end, part.size());
  }
}

GrantKeyView PackedKey::view() const {
  Sizes sizes;
  std::memcpy(&sizes, bytes_.get(), sizeof(sizes));
  const char* at = bytes_.get() + sizeof(sizes);
  const absl::string_view tenant(at, sizes.tenant);
  at += sizes.tenant;
  const absl::string_view provider(at, sizes.provider);
  at += sizes.provider;
  return {tenant, provider, absl::string_view(at, sizes.subject)};
}

}  // namespace tokenbroker
