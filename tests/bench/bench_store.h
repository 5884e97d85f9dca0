// The fleet's Redis as a broker's store sees it, for a benchmark's own thread: to put grants there
// by the ten thousand, and to measure what the store itself costs. Any thread.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "config/keyring_watcher.h"
#include "redis/redis_client.h"
#include "store/redis_store.h"
#include "tests/support/redis_server.h"

namespace tokenbroker {

class BenchStore {
 public:
  // Seals with the keyring of that file. `redis` outlives it.
  BenchStore(const RedisServer& redis, const std::string& keyring_file);
  ~BenchStore();
  BenchStore(const BenchStore&) = delete;
  BenchStore& operator=(const BenchStore&) = delete;

  // Makes the store, where no broker has.
  void Init();

  // When a grant's token expires, and when it is to be refreshed.
  struct Times {
    absl::Time expires_at = absl::Now() + absl::Hours(1);
    absl::Time refresh_at = absl::Now() + absl::Minutes(55);
  };
  // A grant of the fleet's provider.
  static Grant MakeGrant(const std::string& subject, const std::string& access_token,
                         const Times& times);
  // Each as a login would, many at once.
  void Put(std::vector<Grant> grants);

  // Gets a key so many times, `at_once` under way.
  void GetMany(const std::string& key, int times, int at_once);

  // What the loop's thread has used of a processor.
  double CpuSeconds();
  // The result of a task of the store's.
  template <typename T>
  T Run(Task<T> task) {
    std::promise<T> result;
    loop_.Spawn(Deliver(std::move(task), &result));
    return result.get_future().get();
  }
  RedisStore& store() { return *store_; }

 private:
  template <typename T>
  static Task<void> Deliver(Task<T> task, std::promise<T>* to) {
    T result = co_await std::move(task);
    to->set_value(std::move(result));
  }

  Loop loop_{Clock::Real()};
  Metrics metrics_;
  std::unique_ptr<KeyringWatcher> keyring_;
  std::unique_ptr<RedisClient> client_;
  std::unique_ptr<RedisStore> store_;
  std::thread thread_;
};

}  // namespace tokenbroker
