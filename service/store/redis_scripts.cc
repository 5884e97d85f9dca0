#include "store/redis_scripts.h"

#include <absl/strings/str_cat.h>

#include <cstdlib>
#include <initializer_list>

#include "base/log.h"
#include "store/grant_store.h"
#include "store/login_store.h"
#include "store/lua_sources.h"

namespace tokenbroker {
namespace {

// What becomes of a script when Redis is out of memory.
enum class WhenFull { kRefused, kRuns };

absl::string_view Chunk(absl::string_view name) {
  const absl::string_view text = LuaSource(name);
  if (text.empty()) {
    Log(LogLevel::kError, "lua_chunk_missing", {{"name", name}});
    std::abort();
  }
  return text;
}

// The times that the ports promise.
std::string Constants() {
  return absl::StrCat("local LEASE_MS = ", absl::ToInt64Milliseconds(kLease),
                      "\nlocal TOMBSTONE_MS = ", absl::ToInt64Milliseconds(kTombstoneLife),
                      "\nlocal LOGIN_MS = ", absl::ToInt64Milliseconds(kLoginLife), "\n");
}

RedisScript Make(absl::string_view clock, WhenFull when_full, absl::string_view name,
                 std::initializer_list<absl::string_view> shared) {
  std::string source = when_full == WhenFull::kRuns ? "#!lua flags=allow-oom\n" : "#!lua\n";
  absl::StrAppend(&source, clock, Constants(), Chunk("prelude"));
  for (const absl::string_view chunk : shared) absl::StrAppend(&source, Chunk(chunk));
  absl::StrAppend(&source, Chunk(name));
  return RedisScript(std::string(name), std::move(source));
}

}  // namespace

absl::string_view RedisScripts::DefaultClock() { return Chunk("clock"); }

RedisScripts::RedisScripts(absl::string_view clock)
    : load(Make(clock, WhenFull::kRuns, "load", {"meta"})),
      begin_refresh(
          Make(clock, WhenFull::kRefused, "begin_refresh", {"meta", "grant", "settling"})),
      renew(Make(clock, WhenFull::kRuns, "renew", {"meta", "grant"})),
      commit(Make(clock, WhenFull::kRuns, "commit", {"meta", "grant"})),
      fail(Make(clock, WhenFull::kRuns, "fail", {"meta", "grant"})),
      put_grant(Make(clock, WhenFull::kRuns, "put_grant", {"meta", "grant", "settling", "put"})),
      create_login(Make(clock, WhenFull::kRefused, "create_login", {"meta"})),
      peek_login(Make(clock, WhenFull::kRuns, "peek_login", {"meta"})),
      begin_exchange(Make(clock, WhenFull::kRefused, "begin_exchange", {"meta"})),
      finish_exchange(
          Make(clock, WhenFull::kRuns, "finish_exchange", {"meta", "grant", "settling", "put"})),
      peek_due(Make(clock, WhenFull::kRuns, "peek_due", {"meta"})),
      claim_due(Make(clock, WhenFull::kRefused, "claim_due", {"meta"})),
      touch(Make(clock, WhenFull::kRefused, "touch", {"meta", "grant"})),
      list_members(Make(clock, WhenFull::kRuns, "list_members", {"meta"})),
      list_providers(Make(clock, WhenFull::kRuns, "list_providers", {"meta"})),
      members_at(Make(clock, WhenFull::kRuns, "members_at", {"meta"})),
      census(Make(clock, WhenFull::kRuns, "census", {"meta"})),
      get_provider(Make(clock, WhenFull::kRuns, "get_provider", {})),
      set_provider(Make(clock, WhenFull::kRefused, "set_provider", {})),
      read_time(Make(clock, WhenFull::kRuns, "read_time", {"meta"})),
      heartbeat(Make(clock, WhenFull::kRuns, "heartbeat", {"meta"})),
      init(Make(clock, WhenFull::kRefused, "init", {})),
      upgrade(Make(clock, WhenFull::kRefused, "upgrade", {"meta"})),
      read_meta(Make(clock, WhenFull::kRuns, "read_meta", {})),
      reseal(Make(clock, WhenFull::kRefused, "reseal", {"meta"})),
      repair_due(Make(clock, WhenFull::kRefused, "repair_due", {"meta", "grant"})) {}

}  // namespace tokenbroker
