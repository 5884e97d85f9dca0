// Tasks that wait for the next change of a grant.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>

#include "io/event.h"
#include "token/grant_key.h"

namespace tokenbroker {

// Loop thread only. Must outlive the events that it hands out.
class ChangeWaiters {
 public:
  explicit ChangeWaiters(Loop& loop) : loop_(loop) {}

  // The event of the next change of `key`, kept for as long as somebody holds it. Take it before
  // the question whose answer may be overtaken by the change.
  std::shared_ptr<Event> Next(const GrantKey& key) {
    std::weak_ptr<Event>& known = events_[key];
    std::shared_ptr<Event> event = known.lock();
    if (event != nullptr) return event;
    event = std::shared_ptr<Event>(new Event(loop_), [this, key](Event* unused) {
      Forget(key);
      delete unused;
    });
    known = event;
    return event;
  }

  // How many grants have waiters.
  size_t size() const { return events_.size(); }

  void Wake(const GrantKey& key) {
    const auto it = events_.find(key);
    if (it == events_.end()) return;
    const std::shared_ptr<Event> event = it->second.lock();
    events_.erase(it);
    if (event != nullptr) event->Notify();
  }

 private:
  // Unless the next change has an event already.
  void Forget(const GrantKey& key) {
    const auto it = events_.find(key);
    if (it != events_.end() && it->second.expired()) events_.erase(it);
  }

  Loop& loop_;
  absl::flat_hash_map<GrantKey, std::weak_ptr<Event>> events_;
};

}  // namespace tokenbroker
