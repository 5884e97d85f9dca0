#include "io/worker.h"

#include <boost/asio/post.hpp>

namespace tokenbroker {

Worker::Worker(Loop& loop, Where where) : loop_(loop) {
  if (where == Where::kThread) thread_ = std::make_unique<boost::asio::thread_pool>(1);
}

Worker::~Worker() { Stop(); }

void Worker::Stop() {
  if (thread_ == nullptr) return;
  thread_->stop();
  thread_->join();
}

void Worker::Start(absl::AnyInvocable<void()> work) {
  if (thread_ == nullptr) {
    loop_.Post(std::move(work));
  } else {
    boost::asio::post(*thread_, std::move(work));
  }
}

}  // namespace tokenbroker
