// What a Redis server answered (RESP2). A plain value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tokenbroker {

struct RedisReply {
  enum class Type { kNil, kStatus, kError, kInteger, kString, kArray };
  Type type = Type::kNil;
  int64_t integer = 0;
  // kStatus, kError (with its code in front: "NOSCRIPT No matching script") and kString.
  std::string text;
  std::vector<RedisReply> items;
};

}  // namespace tokenbroker
