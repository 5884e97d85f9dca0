#include "redis/slot_map.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace tokenbroker {
namespace {

constexpr uint16_t kNobody = 0xFFFF;
// More would not be a cluster (Redis recommends 1,000).
constexpr size_t kMostPrimaries = 4096;

bool IsPort(int64_t number) { return number >= 1 && number <= 65535; }
bool IsSlot(int64_t number) { return number >= 0 && number < kClusterSlots; }

// Nodes may not know their own host; "?" is a name that was not announced.
bool IsKnown(absl::string_view host) { return host != "?"; }

RedisEndpoint MakeEndpoint(absl::string_view host, int64_t port, const RedisEndpoint& asked) {
  RedisEndpoint endpoint;
  endpoint.host = host.empty() ? asked.host : std::string(host);
  endpoint.port = static_cast<uint16_t>(port);
  return endpoint;
}

}  // namespace

SlotMap::SlotMap() : owners_(kClusterSlots, kNobody) {}

absl::StatusOr<SlotMap> SlotMap::Parse(const RedisReply& slots, const RedisEndpoint& asked) {
  SlotMap map;
  for (const RedisReply& range : slots.items) {
    // [first slot, last slot, [primary's host, port, ...], replicas...]
    if (range.items.size() < 3 || range.items[2].items.size() < 2) continue;
    const int64_t first = range.items[0].integer;
    const int64_t last = range.items[1].integer;
    const RedisReply& primary = range.items[2];
    const int64_t port = primary.items[1].integer;
    const bool sound = IsSlot(first) && IsSlot(last) && IsPort(port);
    if (!sound || !IsKnown(primary.items[0].text)) continue;
    const RedisEndpoint endpoint = MakeEndpoint(primary.items[0].text, port, asked);
    for (int64_t slot = first; slot <= last; ++slot) map.Assign(static_cast<int>(slot), endpoint);
  }
  if (map.primaries_.empty()) return absl::UnavailableError("a node knows of no primary");
  return map;
}

const RedisEndpoint* SlotMap::PrimaryOf(int slot) const {
  const uint16_t owner = owners_[static_cast<size_t>(slot)];
  return owner == kNobody ? nullptr : &primaries_[owner];
}

void SlotMap::Assign(int slot, const RedisEndpoint& primary) {
  owners_[static_cast<size_t>(slot)] = IndexOf(primary);
}

uint16_t SlotMap::IndexOf(const RedisEndpoint& primary) {
  const auto it = std::find(primaries_.begin(), primaries_.end(), primary);
  if (it != primaries_.end()) return static_cast<uint16_t>(it - primaries_.begin());
  if (primaries_.size() >= kMostPrimaries) return kNobody;
  primaries_.push_back(primary);
  return static_cast<uint16_t>(primaries_.size() - 1);
}

absl::StatusOr<Redirection> ParseRedirection(const RedisReply& error, const RedisEndpoint& asked) {
  const std::vector<absl::string_view> words = absl::StrSplit(error.text, ' ');
  Redirection redirection;
  int port = 0;
  if (words.size() < 3 || !absl::SimpleAtoi(words[1], &redirection.slot)) {
    return absl::UnavailableError("a redirection without a target");
  }
  // An IPv6 address has colons of its own.
  const size_t colon = words[2].rfind(':');
  const bool sound = colon != absl::string_view::npos && IsSlot(redirection.slot) &&
                     absl::SimpleAtoi(words[2].substr(colon + 1), &port) && IsPort(port) &&
                     IsKnown(words[2].substr(0, colon));
  if (!sound) return absl::UnavailableError("a redirection without a target");
  redirection.to = MakeEndpoint(words[2].substr(0, colon), port, asked);
  return redirection;
}

}  // namespace tokenbroker
