// The one thread for what blocks: writing files and waiting for the disk. Everything else runs on
// the loop.
#pragma once

#include <absl/functional/any_invocable.h>

#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <utility>

#include "io/event.h"
#include "io/loop.h"

namespace tokenbroker {

class Worker {
 public:
  // kLoop: work runs on the loop itself, and blocks it; for tests under a simulated clock.
  enum class Where { kThread, kLoop };

  // `loop` must outlive the worker.
  explicit Worker(Loop& loop, Where where = Where::kThread);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Loop thread only. Runs `work` on the worker's thread, after what was given before, and returns
  // what it returned. `work` must not throw.
  template <typename T>
  Task<T> Run(absl::AnyInvocable<T()> work) {
    auto job = std::make_shared<Job<T>>(loop_, std::move(work));
    Start([this, job] {
      job->result.emplace(job->work());
      loop_.Post([job] { job->done.Notify(); });
    });
    co_await job->done.Wait();
    co_return *std::move(job->result);
  }

  // Any thread but the worker's. Waits for the work under way and drops the rest; call it when the
  // loop has stopped and before its tasks are dropped.
  void Stop();

 private:
  template <typename T>
  struct Job {
    Job(Loop& loop, absl::AnyInvocable<T()> the_work) : work(std::move(the_work)), done(loop) {}
    absl::AnyInvocable<T()> work;
    absl::optional<T> result;
    Event done;
  };

  void Start(absl::AnyInvocable<void()> work);

  Loop& loop_;
  // Null for kLoop.
  std::unique_ptr<boost::asio::thread_pool> thread_;
};

}  // namespace tokenbroker
