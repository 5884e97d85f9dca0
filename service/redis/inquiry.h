// A question to several servers at once, each on a connection of its own that ends with the answer.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <vector>

#include "redis/connect.h"

namespace tokenbroker {

// Loop thread only; `loop` outlives it. Its connections may outlive the one who asks.
class Inquiry {
 public:
  Inquiry(Loop& loop, ConnectOptions connect, SteadyTime deadline);
  virtual ~Inquiry() = default;
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  // Asks them all, and returns once Finish was called, all have answered or failed, or the deadline
  // has passed.
  static Task<void> Run(std::shared_ptr<Inquiry> self, std::vector<RedisEndpoint> servers);

  // What the last server to fail said.
  const absl::Status& trouble() const { return trouble_; }

 protected:
  // Asks one of them. The inquiry outlives the call.
  virtual Task<absl::Status> Ask(std::shared_ptr<RedisSession> session, RedisEndpoint server) = 0;

  SteadyTime deadline() const { return deadline_; }
  // What is known by now will do.
  void Finish() { done_.Notify(); }
  // What is known in a moment will do.
  void FinishSoon(absl::Duration moment);

 private:
  static Task<void> AskOne(std::shared_ptr<Inquiry> self, RedisEndpoint server);

  Loop& loop_;
  const ConnectOptions connect_;
  const SteadyTime deadline_;
  Event done_;
  absl::optional<Loop::TimerId> soon_;
  size_t unanswered_ = 0;
  absl::Status trouble_;
};

}  // namespace tokenbroker
