#include "store/redis_keys.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <cstdint>

#include "base/unreserved.h"
#include "crypto/base64url.h"
#include "crypto/digest.h"

namespace tokenbroker {
namespace {

constexpr absl::string_view kHex = "0123456789ABCDEF";

class Fnv1a {
 public:
  void Add(absl::string_view bytes) {
    uint64_t size = bytes.size();
    for (int i = 0; i < 8; ++i, size >>= 8) AddByte(static_cast<uint8_t>(size));
    for (const char c : bytes) AddByte(static_cast<uint8_t>(c));
  }
  uint64_t hash() const { return hash_; }

 private:
  void AddByte(uint8_t byte) {
    hash_ ^= byte;
    hash_ *= uint64_t{1099511628211u};
  }
  uint64_t hash_ = uint64_t{14695981039346656037u};
};

int HexValue(char c) {
  const size_t at = kHex.find(c);
  return at == absl::string_view::npos ? -1 : static_cast<int>(at);
}

void AppendPart(absl::string_view text, std::string* out) {
  while (!text.empty()) {
    const size_t plain = UnreservedPrefix(text);
    out->append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<uint8_t>(text.front());
    out->append({'%', kHex[byte >> 4], kHex[byte & 15]});
    text.remove_prefix(1);
  }
}

std::string ShardKey(int shard, absl::string_view rest) {
  return absl::StrCat("tb:{", shard, "}:", rest);
}

}  // namespace

int ShardOf(const GrantKey& key, int shards) {
  Fnv1a hash;
  hash.Add(key.tenant);
  hash.Add(key.provider);
  hash.Add(key.subject);
  return static_cast<int>(hash.hash() % static_cast<uint64_t>(shards));
}

std::string MetaKey(int shard) { return ShardKey(shard, "meta"); }

std::string GrantRedisKey(int shard, const GrantKey& key) {
  return GrantRedisKeyOf(shard, MemberOf(key));
}

std::string GrantRedisKeyOf(int shard, absl::string_view member) {
  return ShardKey(shard, absl::StrCat("grant:", member));
}

std::string DueKey(int shard, absl::string_view provider) {
  return ShardKey(shard, absl::StrCat("due:", EncodePart(provider)));
}

std::string ProvidersKey(int shard) { return ShardKey(shard, "providers"); }

std::string BarrierKey(int shard) { return ShardKey(shard, "barrier"); }

std::string LoginKey(int shard, absl::string_view state) {
  return ShardKey(shard, absl::StrCat("login:", Base64UrlEncode(Sha256(state))));
}

std::string ProviderKey(absl::string_view provider) {
  return absl::StrCat("tb:provider:", EncodePart(provider));
}

std::string MemberOf(const GrantKey& key) {
  std::string member;
  member.reserve(key.tenant.size() + key.provider.size() + key.subject.size() + 2);
  AppendPart(key.tenant, &member);
  member.push_back(':');
  AppendPart(key.provider, &member);
  member.push_back(':');
  AppendPart(key.subject, &member);
  return member;
}

absl::optional<GrantKey> ParseMember(absl::string_view member) {
  const size_t first = member.find(':');
  if (first == absl::string_view::npos) return absl::nullopt;
  const size_t second = member.find(':', first + 1);
  if (second == absl::string_view::npos) return absl::nullopt;
  absl::optional<std::string> tenant = DecodePart(member.substr(0, first));
  absl::optional<std::string> provider = DecodePart(member.substr(first + 1, second - first - 1));
  // A third colon is no part's.
  absl::optional<std::string> subject = DecodePart(member.substr(second + 1));
  if (!tenant || !provider || !subject) return absl::nullopt;
  return GrantKey{*std::move(tenant), *std::move(provider), *std::move(subject)};
}

std::string EncodePart(absl::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  AppendPart(text, &encoded);
  return encoded;
}

absl::optional<std::string> DecodePart(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (;;) {
    const size_t plain = UnreservedPrefix(text);
    decoded.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) return decoded;
    if (text.front() != '%' || text.size() < 3) return absl::nullopt;
    const int high = HexValue(text[1]);
    const int low = HexValue(text[2]);
    if (high < 0 || low < 0 || IsUnreserved(static_cast<char>(high * 16 + low))) {
      return absl::nullopt;
    }
    decoded.push_back(static_cast<char>(high * 16 + low));
    text.remove_prefix(3);
  }
}

std::string StatePrefixOf(int shard) { return absl::StrCat(shard, "."); }

absl::optional<int> ShardOfState(absl::string_view state, int shards) {
  const size_t dot = state.find('.');
  int shard = 0;
  if (dot == absl::string_view::npos || !absl::SimpleAtoi(state.substr(0, dot), &shard) ||
      shard < 0 || shard >= shards || state.substr(0, dot) != absl::StrCat(shard)) {
    return absl::nullopt;
  }
  return shard;
}

}  // namespace tokenbroker
