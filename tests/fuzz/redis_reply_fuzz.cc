// What a Redis server sends: anything. The same bytes give the same replies however they are cut,
// within the limits, and what reads replies takes any of them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "redis/error_reply.h"
#include "redis/reply_reader.h"
#include "redis/slot_map.h"

namespace tokenbroker {
namespace {

constexpr ReplyReader::Limits kLimits = {size_t{1} << 16, 1000};

void Require(bool condition) {
  if (!condition) std::abort();
}

size_t Count(const RedisReply& reply) {
  size_t count = 1;
  for (const RedisReply& item : reply.items) count += Count(item);
  return count;
}

bool Equal(const RedisReply& a, const RedisReply& b) {
  if (a.type != b.type || a.integer != b.integer || a.text != b.text) return false;
  if (a.items.size() != b.items.size()) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!Equal(a.items[i], b.items[i])) return false;
  }
  return true;
}

std::vector<RedisReply> Read(absl::string_view bytes, size_t piece) {
  std::vector<RedisReply> replies;
  ReplyReader reader(kLimits);
  while (!bytes.empty()) {
    reader.Feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto reply = reader.Next();
      if (!reply.ok()) return replies;
      if (!*reply) break;
      replies.push_back(**std::move(reply));
    }
  }
  return replies;
}

void Use(const RedisReply& reply) {
  Require(Count(reply) <= kLimits.max_items);
  const bool is_error = reply.type == RedisReply::Type::kError;
  Require(is_error != ErrorCode(reply).empty());
  const RedisEndpoint asked = {"host", 6379, ""};
  const auto redirection = ParseRedirection(reply, asked);
  Require(!redirection.ok() || (redirection->slot >= 0 && redirection->slot < kClusterSlots &&
                                !redirection->to.host.empty()));
  const auto map = SlotMap::Parse(reply, asked);
  if (!map.ok()) return;
  Require(!map->primaries().empty());
  for (int slot = 0; slot < kClusterSlots; ++slot) {
    const RedisEndpoint* primary = map->PrimaryOf(slot);
    Require(primary == nullptr || (!primary->host.empty() && primary->port != 0));
  }
}

void Try(absl::string_view bytes) {
  const std::vector<RedisReply> whole = Read(bytes, bytes.size());
  const std::vector<RedisReply> pieces = Read(bytes, 1 + bytes.size() % 7);
  Require(whole.size() == pieces.size());
  for (size_t i = 0; i < whole.size(); ++i) Require(Equal(whole[i], pieces[i]));
  for (const RedisReply& reply : whole) Use(reply);
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::Try(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
