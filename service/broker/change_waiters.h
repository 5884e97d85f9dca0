// Tasks that wait for the next change of a grant.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>

#include "io/event.h"
#include "token/grant_key.h"

namespace tokenbroker {

// Loop thread only.
class ChangeWaiters {
 public:
  explicit ChangeWaiters(Loop& loop) : loop_(loop) {}

  // The event of the next change of `key`. Take it before the question whose answer may be
  // overtaken by the change.
  std::shared_ptr<Event> Next(const GrantKey& key) {
    std::shared_ptr<Event>& event = events_[key];
    if (event == nullptr) event = std::make_shared<Event>(loop_);
    return event;
  }

  void Wake(const GrantKey& key) {
    const auto it = events_.find(key);
    if (it == events_.end()) return;
    const std::shared_ptr<Event> event = it->second;
    events_.erase(it);
    event->Notify();
  }

 private:
  Loop& loop_;
  absl::flat_hash_map<GrantKey, std::shared_ptr<Event>> events_;
};

}  // namespace tokenbroker
