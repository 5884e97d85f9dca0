// Counts a source's operations, so that its end can wait for theirs.
//
// Why it must: an operation holds the channel, and gRPC 1.51 frees memory twice when the last who
// lets a channel go is one of the callbacks on it. So none may outlive the source, whose owner has
// the channel or lets it go on another thread. Any thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace tokenbroker::client {

class LiveOperations {
 public:
  // The first member of an operation, and so the last of it to go.
  class Member {
   public:
    explicit Member(std::shared_ptr<LiveOperations> all) : all_(std::move(all)) { all_->Count(+1); }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() { all_->Count(-1); }

   private:
    const std::shared_ptr<LiveOperations> all_;
  };

  // Blocks until there is none. REQUIRES: not called by an operation's callback.
  void AwaitNone() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  void Count(int change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    count_ += change;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

}  // namespace tokenbroker::client
