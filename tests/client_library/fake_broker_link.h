// A broker whose every answer the test gives.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "client/library/broker_link.h"

namespace tokenbroker::client {

// Any thread.
class FakeBrokerLink : public BrokerLink {
 public:
  struct FakeFetch : Operation {
    void Start() override { link->Begun(&FakeBrokerLink::fetches_, this); }
    void Cancel() override { cancelled = true; }
    void Answer(absl::StatusOr<AccessTokenPtr> answer) const { done(std::move(answer)); }

    FakeBrokerLink* link = nullptr;
    int64_t rejected_generation = 0;
    FetchDone done;
    bool cancelled = false;
  };
  struct FakeWatch : Operation {
    void Start() override { link->Begun(&FakeBrokerLink::watches_, this); }
    void Cancel() override { cancelled = true; }
    void Say(const WatchEvent& event) const { callbacks.on_event(event); }
    void End(const absl::Status& status) const { callbacks.on_end(status); }

    FakeBrokerLink* link = nullptr;
    int64_t known_generation = 0;
    WatchCallbacks callbacks;
    bool cancelled = false;
  };

  OperationPtr Fetch(int64_t rejected_generation, FetchDone done) override {
    auto fetch = std::make_shared<FakeFetch>();
    fetch->link = this;
    fetch->rejected_generation = rejected_generation;
    fetch->done = std::move(done);
    const std::lock_guard<std::mutex> lock(mutex_);
    made_.push_back(fetch);
    return fetch;
  }
  OperationPtr Watch(int64_t known_generation, WatchCallbacks callbacks) override {
    auto watch = std::make_shared<FakeWatch>();
    watch->link = this;
    watch->known_generation = known_generation;
    watch->callbacks = std::move(callbacks);
    const std::lock_guard<std::mutex> lock(mutex_);
    made_.push_back(watch);
    return watch;
  }

  size_t fetch_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return fetches_.size();
  }
  size_t watch_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return watches_.size();
  }
  // The nth that was begun, from 1 on; blocks until it is.
  FakeFetch& NthFetch(size_t n) { return Nth(fetches_, n); }
  FakeWatch& NthWatch(size_t n) { return Nth(watches_, n); }

 private:
  template <typename T>
  void Begun(std::vector<T*> FakeBrokerLink::* list, T* operation) {
    const std::lock_guard<std::mutex> lock(mutex_);
    (this->*list).push_back(operation);
    begun_.notify_all();
  }
  template <typename T>
  T& Nth(std::vector<T*>& list, size_t n) {
    std::unique_lock<std::mutex> lock(mutex_);
    begun_.wait(lock, [&] { return list.size() >= n; });
    return *list[n - 1];
  }

  mutable std::mutex mutex_;
  std::condition_variable begun_;
  std::vector<OperationPtr> made_;
  std::vector<FakeFetch*> fetches_;
  std::vector<FakeWatch*> watches_;
};

}  // namespace tokenbroker::client
