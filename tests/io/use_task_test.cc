#include "io/use_task.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "tests/support/loop_test.h"

namespace tokenbroker {
namespace {

namespace asio = boost::asio;

using UseTaskTest = LoopTest;

Task<boost::system::error_code> Expire(asio::steady_timer* timer) {
  const auto [error] = co_await timer->async_wait(kUseTask);
  co_return error;
}

TEST_F(UseTaskTest, ATaskGetsTheResultsOfAnOperation) {
  asio::steady_timer timer(loop_.context(), asio::steady_timer::time_point::min());
  EXPECT_FALSE(Run(Expire(&timer)));
}

TEST_F(UseTaskTest, AnErrorIsAResult) {
  asio::steady_timer timer(loop_.context(), asio::steady_timer::time_point::max());
  const Future<boost::system::error_code> waiting = Start(Expire(&timer));
  EXPECT_FALSE(waiting->has_value());
  timer.cancel();
  Settle();
  EXPECT_EQ(**waiting, asio::error::operation_aborted);
}

Task<bool> Post(Loop* loop) {
  co_await asio::post(loop->context(), kUseTask);
  co_return true;
}

TEST_F(UseTaskTest, AnOperationMayHaveNoResult) { EXPECT_TRUE(Run(Post(&loop_))); }

TEST_F(UseTaskTest, AnOperationThatIsUnderWayMayBeDropped) {
  asio::steady_timer timer(loop_.context(), asio::steady_timer::time_point::max());
  const Future<boost::system::error_code> waiting = Start(Expire(&timer));
  loop_.DropTasks();
  EXPECT_FALSE(waiting->has_value());
  EXPECT_EQ(waiting.use_count(), 1);
}

}  // namespace
}  // namespace tokenbroker
