// Runs several tasks at once.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "io/event.h"
#include "io/loop.h"

namespace tokenbroker {

template <typename T>
struct AwaitedResults {
  AwaitedResults(Loop& loop, size_t n) : results(n), left(n), done(loop) {}
  std::vector<T> results;
  size_t left;
  Event done;
};

template <typename T>
Task<void> AwaitInto(Task<T> task, std::shared_ptr<AwaitedResults<T>> all, size_t i) {
  all->results[i] = co_await std::move(task);
  if (--all->left == 0) all->done.Notify();
}

// The results of `tasks`, in their order, once all have ended. T has a default value. Loop thread
// only.
template <typename T>
Task<std::vector<T>> AwaitAll(Loop* loop, std::vector<Task<T>> tasks) {
  if (tasks.empty()) co_return std::vector<T>();
  auto all = std::make_shared<AwaitedResults<T>>(*loop, tasks.size());
  for (size_t i = 0; i < tasks.size(); ++i) loop->Spawn(AwaitInto(std::move(tasks[i]), all, i));
  co_await all->done.Wait();
  co_return std::move(all->results);
}

}  // namespace tokenbroker
