// Many who want the same thing at the same time, one who does it.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/functional/any_invocable.h>
#include <absl/types/optional.h>

#include <memory>
#include <utility>

#include "io/event.h"

namespace tokenbroker {

// Loop thread only. `Result` is copied to everyone who waited. Must outlive its flights (they run
// on the loop: Loop::DropTasks ends them).
template <typename Key, typename Result>
class SingleFlight {
 public:
  using Start = absl::AnyInvocable<Task<Result>()>;

  explicit SingleFlight(Loop& loop) : loop_(loop) {}
  SingleFlight(const SingleFlight&) = delete;
  SingleFlight& operator=(const SingleFlight&) = delete;

  // The result of the flight for `key` that is under way, or of a new one, made by `start`. nullopt
  // when `deadline` came first: the flight goes on for the others and for its own sake.
  Task<absl::optional<Result>> Join(Key key, SteadyTime deadline, Start start) {
    const std::shared_ptr<Flight> flight = Find(std::move(key), std::move(start));
    co_await flight->done.WaitUntil(deadline);
    co_return flight->result;
  }

  // Starts a flight that nobody waits for; no effect while one is under way.
  void Launch(Key key, Start start) { Find(std::move(key), std::move(start)); }

  bool InFlight(const Key& key) const { return flights_.contains(key); }
  // How many wait for the flight of `key`.
  size_t Waiters(const Key& key) const {
    const auto it = flights_.find(key);
    return it == flights_.end() ? 0 : it->second->done.waiters();
  }
  size_t size() const { return flights_.size(); }

 private:
  struct Flight {
    explicit Flight(Loop& loop) : done(loop) {}
    Event done;
    absl::optional<Result> result;
  };

  std::shared_ptr<Flight> Find(Key key, Start start) {
    std::shared_ptr<Flight>& flight = flights_[key];
    if (flight == nullptr) {
      flight = std::make_shared<Flight>(loop_);
      std::shared_ptr<Flight> started = flight;
      loop_.Spawn(Fly(std::move(key), flight, std::move(start)));
      return started;
    }
    return flight;
  }

  Task<void> Fly(Key key, std::shared_ptr<Flight> flight, Start start) {
    Task<Result> task = start();
    Result result = co_await std::move(task);
    flight->result.emplace(std::move(result));
    flights_.erase(key);
    flight->done.Notify();
  }

  Loop& loop_;
  absl::flat_hash_map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace tokenbroker
