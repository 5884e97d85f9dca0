// How a task awaits an operation of Asio's: by a completion token that gives all results as a
// tuple, the error code among them. Nothing is thrown.
//
//   const auto [error, size] = co_await socket.async_read_some(buffer, kUseTask);
#pragma once

#include <absl/types/optional.h>

#include <boost/asio/async_result.hpp>
#include <coroutine>
#include <tuple>
#include <utility>

namespace tokenbroker {

struct UseTask {};
inline constexpr UseTask kUseTask;

// One operation; `start` is called with what is to be called at its end. Loop thread only. Where
// the task is dropped first, Asio must drop the operation, too, before anything runs
// (Loop::DropTasks).
template <typename Start, typename... Results>
class AsioOperation {
 public:
  explicit AsioOperation(Start start) : start_(std::move(start)) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> task) {
    start_([this, task](Results... results) {
      results_.emplace(std::move(results)...);
      task.resume();
    });
  }
  std::tuple<Results...> await_resume() { return *std::move(results_); }

 private:
  Start start_;
  absl::optional<std::tuple<Results...>> results_;
};

}  // namespace tokenbroker

template <typename... Results>
class boost::asio::async_result<tokenbroker::UseTask, void(Results...)> {
 public:
  template <typename Initiation, typename... Arguments>
  static auto initiate(Initiation initiation, tokenbroker::UseTask, Arguments... arguments) {
    auto start = [initiation = std::move(initiation),
                  ... arguments = std::move(arguments)](auto handler) mutable {
      std::move(initiation)(std::move(handler), std::move(arguments)...);
    };
    return tokenbroker::AsioOperation<decltype(start), std::decay_t<Results>...>(std::move(start));
  }
};
