// The names of what lies in Redis, and which shard a grant lies in. Pure; any thread.
//
// Everything of a shard has `{<shard>}` in its key, which is all that Redis Cluster hashes: the
// keys of one operation share a slot.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <string>

#include "token/grant_key.h"

namespace tokenbroker {

inline constexpr int kDefaultShards = 64;
inline constexpr absl::string_view kChangedChannel = "tb:changed";

// FNV-1a (64 bits) over each part's length as eight bytes, lowest first, and its bytes; modulo
// `shards`. It never changes between versions: the records are where it says.
int ShardOf(const GrantKey& key, int shards);

// "tb:{5}:meta" and so on.
std::string MetaKey(int shard);
std::string GrantRedisKey(int shard, const GrantKey& key);
std::string GrantRedisKeyOf(int shard, absl::string_view member);
std::string DueKey(int shard, absl::string_view provider);
std::string ProvidersKey(int shard);
std::string BarrierKey(int shard);
// Under the hash of `state`: who reads the keys cannot finish a login.
std::string LoginKey(int shard, absl::string_view state);
// Belongs to no shard.
std::string ProviderKey(absl::string_view provider);

// What a grant is called in due sets and messages: "tenant:provider:subject", each part
// percent-encoded (RFC 3986: all but unreserved characters).
std::string MemberOf(const GrantKey& key);
// ParseMember(MemberOf(key)) == key; nullopt for any text that MemberOf did not make.
absl::optional<GrantKey> ParseMember(absl::string_view member);
// The name that a provider has in keys, and back.
std::string EncodePart(absl::string_view text);
absl::optional<std::string> DecodePart(absl::string_view text);

// "5." before a login's state: where the login lies.
std::string StatePrefixOf(int shard);
// nullopt when `state` begins with no shard below `shards`.
absl::optional<int> ShardOfState(absl::string_view state, int shards);

}  // namespace tokenbroker
