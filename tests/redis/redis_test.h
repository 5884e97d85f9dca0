// A fixture for clients of real servers: the clock is simulated, the sockets are not. Time goes on
// only when the test says so; what comes from a server is waited for.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "redis/redis_client.h"
#include "redis/redis_options.h"
#include "tests/support/loop_test.h"
#include "tests/support/redis_server.h"

namespace tokenbroker {

class RedisTest : public LoopTest {
 protected:
  // Lets servers act until `done`; the simulated time stands still.
  void AwaitOutside(const std::function<bool()>& done) {
    // Not a measure of anything: the end of a test that would hang.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    Settle();
    while (!done()) {
      if (std::chrono::steady_clock::now() > patience) {
        ADD_FAILURE() << "the outside brings nothing";
        std::abort();
      }
      loop_.context().restart();
      loop_.context().run_one_for(std::chrono::milliseconds(100));
      Settle();
    }
  }

  // As AwaitOutside, while the simulated time goes on, too.
  void AwaitInTime(const std::function<bool()>& done) {
    for (int i = 0; i < 1000 && !done(); ++i) {
      loop_.context().restart();
      loop_.context().run_one_for(std::chrono::milliseconds(10));
      Advance(absl::Milliseconds(10));
    }
    EXPECT_TRUE(done());
  }

  template <typename T>
  T Await(const Future<T>& future) {
    AwaitOutside([&future] { return future->has_value(); });
    return std::move(**future);
  }

  // Runs `task` to its end, which the outside brings about; where only time can (a pause before the
  // next attempt to connect), time goes on.
  template <typename T, typename Client>
  T Finish(Client& client, Task<T> task) {
    const Future<T> future = Start(std::move(task));
    for (;;) {
      AwaitOutside([&] { return future->has_value() || client.pending() == 0; });
      if (future->has_value()) return std::move(**future);
      const absl::optional<SteadyTime> next = loop_.NextTimer();
      if (!next || *next == SteadyTime::InfiniteFuture()) break;
      Advance(*next - clock_.SteadyNow());
    }
    ADD_FAILURE() << "the task waits for ever";
    std::abort();
  }

  SteadyTime In(absl::Duration d) { return clock_.SteadyNow() + d; }

  RedisCommand Command(std::vector<std::string> words, absl::Duration d = absl::Seconds(5)) {
    RedisCommand command;
    command.arguments = std::move(words);
    command.deadline = In(d);
    return command;
  }

  static RedisOptions By(const RedisServer& server) {
    RedisOptions options;
    options.endpoints.emplace_back();
    options.endpoints.back().unix_path = server.unix_path();
    return options;
  }
  static RedisOptions ByTcp(const RedisServer& server) {
    RedisOptions options;
    options.endpoints.push_back({"127.0.0.1", static_cast<uint16_t>(server.port()), ""});
    return options;
  }
};

inline bool operator==(const RedisReply& a, const RedisReply& b) {
  return a.type == b.type && a.integer == b.integer && a.text == b.text && a.items == b.items;
}

inline void PrintTo(const RedisReply& reply, std::ostream* out) {
  *out << "type " << static_cast<int>(reply.type) << " integer " << reply.integer << " text "
       << reply.text << " items " << testing::PrintToString(reply.items);
}

inline RedisReply StatusReply(std::string text) {
  return {RedisReply::Type::kStatus, 0, std::move(text), {}};
}
inline RedisReply StringReply(std::string text) {
  return {RedisReply::Type::kString, 0, std::move(text), {}};
}
inline RedisReply IntegerReply(int64_t n) { return {RedisReply::Type::kInteger, n, "", {}}; }

}  // namespace tokenbroker
