#include "store/key_usage.h"

#include <utility>

namespace tokenbroker {
namespace {

// When `keys[i]` stops being the write key: when the next one takes over.
absl::Time WritesUntil(const std::vector<SealingKey>& keys, size_t i) {
  return i + 1 < keys.size() ? keys[i + 1].write_from : absl::InfiniteFuture();
}

}  // namespace

std::vector<KeyUsage> JudgeKeys(const Keyring& keyring,
                                const std::map<std::string, int64_t>& grants,
                                const std::set<std::string>& spills, absl::Time now) {
  std::map<std::string, int64_t> left = grants;
  for (const std::string& id : spills) left.try_emplace(id, 0);
  std::vector<KeyUsage> usages;
  const std::vector<SealingKey>& keys = keyring.keys();
  for (size_t i = 0; i < keys.size(); ++i) {
    KeyUsage usage;
    usage.key_id = keys[i].id;
    usage.write_from = keys[i].write_from;
    const auto counted = left.extract(usage.key_id);
    if (!counted.empty()) usage.grants = counted.mapped();
    usage.retirable = usage.grants == 0 && !spills.contains(usage.key_id) &&
                      WritesUntil(keys, i) + kKeyAfterlife <= now;
    usages.push_back(std::move(usage));
  }
  for (const auto& [id, count] : left) {
    KeyUsage unknown;
    unknown.key_id = id;
    unknown.grants = count;
    usages.push_back(std::move(unknown));
  }
  return usages;
}

}  // namespace tokenbroker
