// The store's Lua scripts, each put together from the chunks of store/lua/ that it needs.
//
// Every script but get_provider and set_provider gives KEYS[1] = the shard's meta, ARGV[1] = which
// server it is (put in by the client: redis/redis_client.h), ARGV[2] = the store_id, and answers as
// store/script_answer.h says. Those that store what a provider already gave, and those that only
// read, run though Redis is out of memory; all others are refused then.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

#include "redis/script.h"

namespace tokenbroker {

// An immutable value; any thread.
struct RedisScripts {
  // `clock` is the chunk that defines time_ms(); see lua/clock.lua.
  explicit RedisScripts(absl::string_view clock = DefaultClock());
  // The server's own TIME.
  static absl::string_view DefaultClock();

  RedisScript load;
  RedisScript begin_refresh;
  RedisScript renew;
  RedisScript commit;
  RedisScript fail;
  RedisScript put_grant;

  RedisScript create_login;
  RedisScript peek_login;
  RedisScript begin_exchange;
  RedisScript finish_exchange;

  RedisScript peek_due;
  RedisScript claim_due;
  RedisScript touch;
  RedisScript list_members;
  RedisScript list_providers;
  RedisScript members_at;
  RedisScript census;
  RedisScript get_provider;
  RedisScript set_provider;
  RedisScript read_time;
  RedisScript heartbeat;

  RedisScript init;
  RedisScript upgrade;
  RedisScript read_meta;
  RedisScript reseal;
  RedisScript repair_due;
};

}  // namespace tokenbroker
