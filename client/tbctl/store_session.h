// What a command needs to work on the broker's store in Redis: the configuration, a client, and a
// loop to run one task on.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <memory>
#include <string>
#include <utility>

#include "base/metrics.h"
#include "client/tbctl/arguments.h"
#include "config/snapshot.h"
#include "crypto/keyring.h"
#include "io/loop.h"
#include "redis/redis_client.h"

namespace tokenbroker::tbctl {

// The broker's configuration. INVALID_ARGUMENT when the file is wrong, or names no store in Redis.
absl::StatusOr<Snapshot> ReadBrokerConfig(const std::string& config_file);

// The keys that the configuration names. INVALID_ARGUMENT when they cannot be read.
absl::StatusOr<Keyring> ReadBrokerKeyring(const Snapshot& config);

// For one task; the thread that makes it is the loop's.
class StoreSession {
 public:
  // `patience`: how long Redis may take before it counts as silent.
  StoreSession(Snapshot config, absl::Duration patience);

  const Snapshot& config() const { return config_; }
  absl::Duration patience() const { return patience_; }
  Loop& loop() { return loop_; }
  Metrics& metrics() { return metrics_; }
  RedisClient& client() { return *client_; }

  // OK when Redis answers us; else UNAVAILABLE, saying where it was sought and what is wrong.
  Task<absl::Status> Reach();

  // Runs `task` to its end. Then calls `stop`, for what must end before the loop's tasks are
  // dropped, and drops them. Once.
  template <typename T>
  T Run(Task<T> task, absl::AnyInvocable<void()> stop = [] {}) {
    absl::optional<T> result;
    loop_.Spawn(Finish(&loop_, std::move(task), &result));
    loop_.Run();
    stop();
    loop_.DropTasks();
    return *std::move(result);
  }

 private:
  template <typename T>
  static Task<void> Finish(Loop* loop, Task<T> task, absl::optional<T>* result) {
    *result = co_await std::move(task);
    loop->Stop();
  }

  const Snapshot config_;
  const absl::Duration patience_;
  Loop loop_;
  Metrics metrics_;
  const std::unique_ptr<RedisClient> client_;
};

// Says what is wrong on `err`, and gives the code to exit with.
ExitCode FailStore(const absl::Status& status, std::ostream& err);

}  // namespace tokenbroker::tbctl
