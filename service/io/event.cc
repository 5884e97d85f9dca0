#include "io/event.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tokenbroker {

namespace asio = boost::asio;

void Event::Notify() {
  notified_ = true;
  for (const Signal& signal : std::exchange(waiting_, {})) signal->cancel();
}

Task<bool> Event::WaitUntil(SteadyTime deadline) {
  if (notified_) co_return true;
  if (deadline <= loop_.clock().SteadyNow()) co_return false;
  auto signal =
      std::make_shared<asio::steady_timer>(loop_.context(), asio::steady_timer::time_point::max());
  waiting_.push_back(signal);
  const bool bounded = deadline != SteadyTime::InfiniteFuture();
  Loop::TimerId timer;
  if (bounded) timer = loop_.CallAt(deadline, [signal] { signal->cancel(); });
  co_await signal->async_wait(asio::as_tuple(asio::use_awaitable));
  if (bounded) loop_.Cancel(timer);
  if (!notified_)
    waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), signal), waiting_.end());
  co_return notified_;
}

Task<void> Event::Wait() { co_await WaitUntil(SteadyTime::InfiniteFuture()); }

}  // namespace tokenbroker
