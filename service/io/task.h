// The coroutine type of everything that runs on the loop.
//
// House rule: one await, one line; parameters of coroutines by value. A task starts when it is
// awaited or given to Loop::Spawn, and always runs on the loop thread. Whoever awaits it owns it,
// so that a task that is destroyed takes along all that it waits for. An exception that leaves a
// task is a bug and ends the process.
#pragma once

#include <absl/types/optional.h>

#include <coroutine>
#include <utility>

#include "io/frame_memory.h"

namespace tokenbroker {

template <typename T>
class [[nodiscard]] Task;

// Says what left a task, and ends the process.
[[noreturn]] void EndProcessForException() noexcept;

// What the promises of all tasks have in common.
class TaskPromise : public PooledFrame {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() const noexcept { EndProcessForException(); }

  // Goes on with whoever awaits the task.
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      return ended.promise().awaiting_;
    }
    void await_resume() const noexcept {}
  };
  FinalAwaiter final_suspend() const noexcept { return {}; }

  void set_awaiting(std::coroutine_handle<> awaiting) { awaiting_ = awaiting; }

 private:
  std::coroutine_handle<> awaiting_;
};

#ifdef __clang_analyzer__
// It does not see that promises are constructed, and would take their results for garbage.
void* UnknownResult();
#endif

template <typename T>
class TaskPromiseOf : public TaskPromise {
 public:
  Task<T> get_return_object();
#ifdef __clang_analyzer__
  template <typename Value>
  void return_value(Value&&) {}
  T TakeResult() { return std::move(*static_cast<T*>(UnknownResult())); }
#else
  template <typename Value>
  void return_value(Value&& value) {
    result_.emplace(std::forward<Value>(value));
  }
  T TakeResult() { return *std::move(result_); }
#endif

 private:
  absl::optional<T> result_;
};

template <>
class TaskPromiseOf<void> : public TaskPromise {
 public:
  Task<void> get_return_object();
  void return_void() const {}
  void TakeResult() const {}
};

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromiseOf<T>;

  // Of no use but to be assigned to.
  Task() = default;
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  struct Awaiter {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      frame.promise().set_awaiting(awaiting);
      return frame;
    }
    T await_resume() const { return frame.promise().TakeResult(); }
    std::coroutine_handle<promise_type> frame;
  };
  // Once.
  Awaiter operator co_await() && noexcept { return {frame_}; }

 private:
  std::coroutine_handle<promise_type> frame_;
};

template <typename T>
Task<T> TaskPromiseOf<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromiseOf>::from_promise(*this));
}

inline Task<void> TaskPromiseOf<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromiseOf>::from_promise(*this));
}

}  // namespace tokenbroker
