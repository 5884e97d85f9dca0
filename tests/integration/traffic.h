// A caller that calls without pause, while a test changes the world around it.
#pragma once

#include <grpcpp/support/status.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace tokenbroker {

// Any thread.
class Traffic {
 public:
  struct Counts {
    int calls = 0;
    int failed = 0;
    // What the first that failed said.
    std::string failure;
  };

  // Begins; `call` is made on a thread of its own, one call after the other.
  explicit Traffic(std::function<grpc::Status()> call);
  ~Traffic() { Stop(); }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  // Returns when so many more calls have ended.
  void LetPass(int calls);
  // Ends it; what was seen in all.
  Counts Stop();

 private:
  void Run();

  const std::function<grpc::Status()> call_;
  std::mutex mutex_;
  std::condition_variable counted_;
  bool stops_ = false;
  Counts counts_;
  std::thread thread_;
};

std::ostream& operator<<(std::ostream& out, const Traffic::Counts& counts);

}  // namespace tokenbroker
