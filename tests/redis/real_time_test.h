// A fixture for tests that wait for what real servers do in their own time: the loop's clock is the
// machine's. Waits for events, and sleeps never.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "io/loop.h"
#include "redis/redis_client.h"

namespace tokenbroker {

class RealTimeTest : public testing::Test {
 protected:
  ~RealTimeTest() override { loop_.DropTasks(); }

  void RunUntil(const std::function<bool()>& done) {
    while (!done()) loop_.context().run_one();
  }

  template <typename T>
  T Run(Task<T> task) {
    auto result = std::make_shared<absl::optional<T>>();
    loop_.Spawn(Keep(std::move(task), result));
    RunUntil([&result] { return result->has_value(); });
    return std::move(**result);
  }

  // Repeats a SET, as a caller would, until it succeeds. How long that took.
  absl::Duration SetUntilOk(RedisClient& client, const std::string& key, const std::string& value) {
    const SteadyTime start = loop_.clock().SteadyNow();
    while (!Run(client.Call(Command({"SET", key, value}))).ok()) {
    }
    return loop_.clock().SteadyNow() - start;
  }

  RedisCommand Command(std::vector<std::string> words) {
    RedisCommand command;
    if (words.size() > 1) command.route = words[1];
    command.arguments = std::move(words);
    command.deadline = In(absl::Seconds(1));
    return command;
  }
  SteadyTime In(absl::Duration d) { return loop_.clock().SteadyNow() + d; }

  Loop loop_{Clock::Real()};

 private:
  template <typename T>
  static Task<void> Keep(Task<T> task, std::shared_ptr<absl::optional<T>> result) {
    T value = co_await std::move(task);
    result->emplace(std::move(value));
  }
};

}  // namespace tokenbroker
