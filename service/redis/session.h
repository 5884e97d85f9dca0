// One connection to one server, from its first byte to its end: commands go out in the order of
// their calls, answers come back in the same order, and many are under way at once.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>
#include <absl/types/optional.h>

#include <array>
#include <deque>
#include <memory>
#include <string>

#include "io/event.h"
#include "redis/command.h"
#include "redis/reply_reader.h"
#include "redis/stream.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it. Held by shared_ptr, its own coroutines included, until it
// has ended.
class RedisSession {
 public:
  struct Limits {
    size_t max_unanswered_bytes = size_t{32} << 20;
    absl::Duration max_silence = absl::Seconds(2);
  };

  static std::shared_ptr<RedisSession> Start(Loop& loop, std::shared_ptr<RedisStream> stream,
                                             Limits limits);
  RedisSession(Loop& loop, std::shared_ptr<RedisStream> stream, Limits limits);
  RedisSession(const RedisSession&) = delete;
  RedisSession& operator=(const RedisSession&) = delete;

  // UNAVAILABLE when no answer comes: too many are owed, the session ended, or the deadline passed;
  // what is still unwritten then is not sent at all. An error reply is a reply.
  static Task<absl::StatusOr<RedisReply>> Call(std::shared_ptr<RedisSession> self,
                                               EncodedCommands commands, SteadyTime deadline);
  // Takes the messages that come after a SUBSCRIBE. Called from the loop; may close the session.
  void OnMessage(absl::AnyInvocable<void(RedisReply)> listener) { listener_ = std::move(listener); }

  // Takes no further calls and ends once those under way have ended.
  void Retire();
  // Every call under way fails. Idempotent.
  void Close(absl::Status reason);

  // Retired or closed.
  bool ended() const { return ended_.notified(); }
  Event::Waiting WaitForEnd() { return ended_.Wait(); }
  // Why; OK when it was retired or has not ended.
  const absl::Status& reason() const { return reason_; }
  // Calls that wait for their answer.
  size_t waiting() const { return waiting_; }

  // Which process the server is: known from the handshake on.
  const std::string& run_id() const { return run_id_; }
  void set_run_id(std::string run_id) { run_id_ = std::move(run_id); }

 private:
  // A call whose answer is owed. Nobody waits for it any more once it is abandoned.
  struct Owed {
    Owed(Loop& loop, EncodedCommands commands)
        : done(loop),
          size(commands.bytes.size()),
          bytes(std::move(commands.bytes)),
          answers_left(commands.count) {}
    Event done;
    const size_t size;
    // Until they are written.
    std::string bytes;
    int answers_left;
    absl::optional<RedisReply> reply;
    bool answered = false;
    bool abandoned = false;
  };
  using OwedPtr = std::shared_ptr<Owed>;

  static Task<void> ReadAll(std::shared_ptr<RedisSession> self);
  static void WriteSoon(const std::shared_ptr<RedisSession>& self);
  static Task<void> WriteAll(std::shared_ptr<RedisSession> self);
  // What is to be written next: many commands at once, without those that nobody waits for.
  std::string TakeBatch();
  absl::Status Deliver(absl::string_view bytes);
  absl::Status Take(RedisReply reply);
  void EndWait();
  // The silence is watched while an answer is owed.
  void Watch();
  void StopWatching();
  void CheckSilence();

  Loop& loop_;
  const Limits limits_;
  const std::shared_ptr<RedisStream> stream_;
  ReplyReader reader_;
  std::array<char, size_t{32} << 10> buffer_;
  std::deque<OwedPtr> unwritten_;
  std::deque<OwedPtr> written_;
  size_t unanswered_bytes_ = 0;
  size_t waiting_ = 0;
  bool writing_ = false;
  bool closed_ = false;
  absl::Status reason_;
  Event ended_;
  std::string run_id_;
  absl::AnyInvocable<void(RedisReply)> listener_;
  // When the server last answered, or began to owe an answer.
  SteadyTime quiet_since_;
  absl::optional<Loop::TimerId> watch_;
};

}  // namespace tokenbroker
