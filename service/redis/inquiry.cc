#include "redis/inquiry.h"

#include <utility>

namespace tokenbroker {

Inquiry::Inquiry(Loop& loop, ConnectOptions connect, SteadyTime deadline)
    : loop_(loop),
      connect_(std::move(connect)),
      deadline_(deadline),
      done_(loop),
      trouble_(absl::UnavailableError("no server answered in time")) {}

Task<void> Inquiry::Run(std::shared_ptr<Inquiry> self, std::vector<RedisEndpoint> servers) {
  self->unanswered_ = servers.size();
  for (const RedisEndpoint& server : servers) self->loop_.Spawn(AskOne(self, server));
  co_await self->done_.WaitUntil(self->deadline_);
  if (self->soon_) self->loop_.Cancel(*self->soon_);
  self->Finish();
}

Task<void> Inquiry::AskOne(std::shared_ptr<Inquiry> self, RedisEndpoint server) {
  const auto session = co_await Connect(&self->loop_, server, self->connect_, self->deadline_);
  absl::Status asked = session.status();
  if (session.ok()) {
    asked = co_await self->Ask(*session, std::move(server));
    (*session)->Close(absl::UnavailableError("everything was asked"));
  }
  if (!asked.ok()) self->trouble_ = asked;
  if (--self->unanswered_ == 0) self->Finish();
}

void Inquiry::FinishSoon(absl::Duration moment) {
  if (soon_ || done_.notified()) return;
  // Cancelled by Run, which holds the inquiry.
  soon_ = loop_.CallAt(loop_.clock().SteadyNow() + moment, [this] { Finish(); });
}

}  // namespace tokenbroker
