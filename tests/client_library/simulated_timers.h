// Timers on a clock that stands still until it is told otherwise.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "client/library/timers.h"

namespace tokenbroker::client {

// Any thread.
class SimulatedTimers : public Timers {
 public:
  absl::Time Now() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }

  absl::Time RoughlyNow() const override { return Now(); }

  OperationPtr After(absl::Duration delay, std::function<void()> callback) override {
    auto timer = std::make_shared<Timer>();
    timer->timers = this;
    timer->delay = delay;
    timer->callback = std::move(callback);
    return timer;
  }

  void Wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
            absl::Time deadline) override {
    {
      const std::lock_guard<std::mutex> own(mutex_);
      if (now_ >= deadline) return;
      waiting_.push_back({lock.mutex(), &changed});
      changed_.notify_all();
    }
    changed.wait(lock);
    const std::lock_guard<std::mutex> own(mutex_);
    const auto mine = std::find(waiting_.begin(), waiting_.end(), Waiter{lock.mutex(), &changed});
    if (mine != waiting_.end()) waiting_.erase(mine);
  }

  // Time goes on, and what is due by then is called in its order.
  void Advance(absl::Duration d) {
    const absl::Time end = Now() + d;
    while (const std::shared_ptr<Timer> next = TakeDue(end)) next->callback();
    std::vector<Waiter> waiting;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      now_ = end;
      waiting.swap(waiting_);
    }
    for (const Waiter& waiter : waiting) {
      // Whoever looked at the clock before it went on is waiting when we have this.
      const std::lock_guard<std::mutex> lock(*waiter.first);
      waiter.second->notify_all();
    }
  }

  // Blocks until `n` threads wait.
  void AwaitWaiters(size_t n) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() >= n; });
  }

  // Blocks until `n` timers are set.
  void AwaitTimers(std::ptrdiff_t n) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] {
      return std::count_if(pending_.begin(), pending_.end(),
                           [](const auto& timer) { return !timer->cancelled; }) >= n;
    });
  }

 private:
  using Waiter = std::pair<std::mutex*, std::condition_variable*>;
  struct Timer : Operation, std::enable_shared_from_this<Timer> {
    void Start() override {
      const std::lock_guard<std::mutex> lock(timers->mutex_);
      if (cancelled) return;
      at = timers->now_ + delay;
      timers->pending_.push_back(shared_from_this());
      timers->changed_.notify_all();
    }
    void Cancel() override {
      const std::lock_guard<std::mutex> lock(timers->mutex_);
      cancelled = true;
    }
    SimulatedTimers* timers = nullptr;
    absl::Duration delay;
    absl::Time at;
    bool cancelled = false;
    std::function<void()> callback;
  };

  std::shared_ptr<Timer> TakeDue(absl::Time end) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto next = std::min_element(pending_.begin(), pending_.end(),
                                       [](const auto& a, const auto& b) { return a->at < b->at; });
    if (next == pending_.end() || (*next)->at > end) return nullptr;
    const std::shared_ptr<Timer> timer = *next;
    pending_.erase(next);
    now_ = std::max(now_, timer->at);
    if (timer->cancelled) timer->callback = [] {};
    return timer;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  std::vector<std::shared_ptr<Timer>> pending_;
  std::vector<Waiter> waiting_;
};

}  // namespace tokenbroker::client
