#include "redis/session.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

// A write takes as many commands as wait, up to about this.
constexpr size_t kBatchBytes = size_t{256} << 10;
// The reader moves all that it has not read yet to the front for each reply, so it is given little.
constexpr size_t kPieceBytes = 4096;

}  // namespace

std::shared_ptr<RedisSession> RedisSession::Start(Loop& loop, std::shared_ptr<RedisStream> stream,
                                                  Limits limits) {
  auto session = std::make_shared<RedisSession>(loop, std::move(stream), limits);
  loop.Spawn(ReadAll(session));
  return session;
}

RedisSession::RedisSession(Loop& loop, std::shared_ptr<RedisStream> stream, Limits limits)
    : loop_(loop),
      limits_(limits),
      stream_(std::move(stream)),
      reader_(ReplyReader::Limits()),
      ended_(loop) {}

Task<absl::StatusOr<RedisReply>> RedisSession::Call(std::shared_ptr<RedisSession> self,
                                                    EncodedCommands commands, SteadyTime deadline) {
  if (self->ended()) co_return absl::UnavailableError("the connection has ended");
  if (deadline <= self->loop_.clock().SteadyNow()) co_return absl::UnavailableError("no time left");
  if (self->unanswered_bytes_ + commands.bytes.size() > self->limits_.max_unanswered_bytes) {
    co_return absl::UnavailableError("too many commands wait for the server");
  }
  const auto owed = std::make_shared<Owed>(self->loop_, std::move(commands));
  self->unanswered_bytes_ += owed->size;
  ++self->waiting_;
  self->unwritten_.push_back(owed);
  WriteSoon(self);
  const bool done = co_await owed->done.WaitUntil(deadline);
  if (!done) {
    owed->abandoned = true;
    self->EndWait();
    co_return absl::UnavailableError("no answer in time");
  }
  if (!owed->answered) co_return self->reason_;
  co_return *std::move(owed->reply);
}

// After what else is ready now, which may have commands for the same write.
void RedisSession::WriteSoon(const std::shared_ptr<RedisSession>& self) {
  if (std::exchange(self->writing_, true)) return;
  self->loop_.Post([self] { self->loop_.Spawn(WriteAll(self)); });
}

Task<void> RedisSession::WriteAll(std::shared_ptr<RedisSession> self) {
  for (;;) {
    std::string batch = self->TakeBatch();
    if (batch.empty()) break;
    const absl::Status written = co_await self->stream_->Write(std::move(batch));
    if (!written.ok()) self->Close(written);
  }
  self->writing_ = false;
}

std::string RedisSession::TakeBatch() {
  std::string batch;
  while (!unwritten_.empty() && batch.size() < kBatchBytes) {
    const OwedPtr owed = std::move(unwritten_.front());
    unwritten_.pop_front();
    if (owed->abandoned) {
      unanswered_bytes_ -= owed->size;
      continue;
    }
    batch += owed->bytes;
    OPENSSL_cleanse(owed->bytes.data(), owed->bytes.size());
    written_.push_back(owed);
  }
  if (!written_.empty()) Watch();
  return batch;
}

Task<void> RedisSession::ReadAll(std::shared_ptr<RedisSession> self) {
  while (!self->closed_) {
    const auto size = co_await self->stream_->ReadSome(self->buffer_.data(), self->buffer_.size());
    const absl::Status taken =
        size.ok() ? self->Deliver(absl::string_view(self->buffer_.data(), *size)) : size.status();
    if (!taken.ok()) self->Close(taken);
  }
}

absl::Status RedisSession::Deliver(absl::string_view bytes) {
  quiet_since_ = loop_.clock().SteadyNow();
  for (; !bytes.empty() && !closed_; bytes.remove_prefix(std::min(kPieceBytes, bytes.size()))) {
    reader_.Feed(bytes.substr(0, kPieceBytes));
    while (!closed_) {
      TB_ASSIGN_OR_RETURN(absl::optional<RedisReply> reply, reader_.Next());
      if (!reply) break;
      TB_RETURN_IF_ERROR(Take(*std::move(reply)));
    }
  }
  return absl::OkStatus();
}

absl::Status RedisSession::Take(RedisReply reply) {
  if (written_.empty()) {
    if (!listener_) return absl::UnavailableError("an answer that nobody asked for");
    listener_(std::move(reply));
    return absl::OkStatus();
  }
  const OwedPtr owed = written_.front();
  // The first error stands.
  if (!owed->reply || owed->reply->type != RedisReply::Type::kError) {
    owed->reply = std::move(reply);
  }
  if (--owed->answers_left > 0) return absl::OkStatus();
  written_.pop_front();
  unanswered_bytes_ -= owed->size;
  if (written_.empty()) StopWatching();
  if (owed->abandoned) return absl::OkStatus();
  owed->answered = true;
  owed->done.Notify();
  EndWait();
  return absl::OkStatus();
}

void RedisSession::EndWait() {
  --waiting_;
  if (ended() && waiting_ == 0) Close(absl::OkStatus());
}

void RedisSession::Retire() {
  ended_.Notify();
  if (waiting_ == 0) Close(absl::OkStatus());
}

void RedisSession::Close(absl::Status reason) {
  if (std::exchange(closed_, true)) return;
  reason_ = std::move(reason);
  stream_->Close();
  StopWatching();
  for (std::deque<OwedPtr>* queue : {&written_, &unwritten_}) {
    for (const OwedPtr& owed : std::exchange(*queue, {})) owed->done.Notify();
  }
  waiting_ = 0;
  ended_.Notify();
}

void RedisSession::Watch() {
  if (watch_) return;
  quiet_since_ = loop_.clock().SteadyNow();
  watch_ = loop_.CallAt(quiet_since_ + limits_.max_silence, [this] { CheckSilence(); });
}

void RedisSession::StopWatching() {
  if (watch_) loop_.Cancel(*watch_);
  watch_.reset();
}

void RedisSession::CheckSilence() {
  const SteadyTime end = quiet_since_ + limits_.max_silence;
  if (end <= loop_.clock().SteadyNow()) {
    Close(absl::UnavailableError("the server is silent"));
  } else {
    watch_ = loop_.CallAt(end, [this] { CheckSilence(); });
  }
}

}  // namespace tokenbroker
