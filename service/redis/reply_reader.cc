#include "redis/reply_reader.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tokenbroker {
namespace {

// As many as a record has fields and values, and some more.
constexpr int kExpectedItems = 64;

}  // namespace

// What hiredis calls for each value that it has read. A value goes where its array is; the
// outermost one is ours to free. Null tells hiredis to give up.
struct ReplyBuilder {
  static RedisReply* Place(const redisReadTask* task, RedisReply::Type type) {
    auto& reader = *static_cast<ReplyReader*>(task->privdata);
    if (++reader.unfinished_items_ > reader.limits_.max_items) return nullptr;
    // An array's address holds while it is filled: nothing is added to those around it meanwhile.
    RedisReply* const placed =
        task->parent == nullptr
            ? new RedisReply
            : &static_cast<RedisReply*>(task->parent->obj)->items.emplace_back();
    placed->type = type;
    return placed;
  }

  static void* String(const redisReadTask* task, char* text, size_t size) {
    RedisReply* const placed =
        Place(task, task->type == REDIS_REPLY_ERROR    ? RedisReply::Type::kError
                    : task->type == REDIS_REPLY_STATUS ? RedisReply::Type::kStatus
                                                       : RedisReply::Type::kString);
    if (placed != nullptr) placed->text = std::string(text, size);
    return placed;
  }
  static void* Array(const redisReadTask* task, int size) {
    RedisReply* const placed = Place(task, RedisReply::Type::kArray);
    // The server may say more than it sends.
    const auto expected = static_cast<size_t>(std::clamp(size, 0, kExpectedItems));
    if (placed != nullptr) placed->items.reserve(expected);
    return placed;
  }
  static void* Integer(const redisReadTask* task, long long integer) {
    RedisReply* const placed = Place(task, RedisReply::Type::kInteger);
    if (placed != nullptr) placed->integer = integer;
    return placed;
  }
  static void* Nil(const redisReadTask* task) { return Place(task, RedisReply::Type::kNil); }
  static void Delete(void* reply) { delete static_cast<RedisReply*>(reply); }

  static redisReplyObjectFunctions* Functions() {
    static redisReplyObjectFunctions functions = {&String, &Array, &Integer, &Nil, &Delete};
    return &functions;
  }
};

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(Limits limits)
    : limits_(limits), reader_(redisReaderCreateWithFunctions(ReplyBuilder::Functions())) {
  if (reader_ == nullptr) std::abort();
  reader_->privdata = this;
}

void ReplyReader::Feed(absl::string_view bytes) {
  if (bytes.empty()) return;
  unfinished_bytes_ += bytes.size();
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

absl::StatusOr<absl::optional<RedisReply>> ReplyReader::Next() {
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
    return absl::UnavailableError("the server's bytes are no reply, or one beyond the limits");
  }
  if (object == nullptr) {
    if (unfinished_bytes_ <= limits_.max_reply_bytes) return absl::nullopt;
    return absl::UnavailableError("the server's reply is too large");
  }
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(object));
  unfinished_bytes_ = reader_->len - reader_->pos;
  unfinished_items_ = 0;
  return std::move(*reply);
}

}  // namespace tokenbroker
