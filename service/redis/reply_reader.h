// Replies out of the bytes that a server sends (RESP2, by hiredis).
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <memory>

#include "redis/reply.h"

struct redisReader;

namespace tokenbroker {

// One thread.
class ReplyReader {
 public:
  struct Limits {
    size_t max_reply_bytes = size_t{64} << 20;
    // Of one reply, nested ones included. hiredis allows seven levels of arrays.
    size_t max_items = size_t{1} << 20;
  };

  explicit ReplyReader(Limits limits);

  void Feed(absl::string_view bytes);
  // The next reply; nullopt when it is not complete yet. An error when the bytes are no reply or
  // one beyond the limits: the connection is of no use any more. Quotes none of the bytes.
  absl::StatusOr<absl::optional<RedisReply>> Next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };

  const Limits limits_;
  // Of the reply that is not complete; bounds what hiredis holds.
  size_t unfinished_bytes_ = 0;
  size_t unfinished_items_ = 0;
  std::unique_ptr<redisReader, Free> reader_;

  friend struct ReplyBuilder;
};

}  // namespace tokenbroker
