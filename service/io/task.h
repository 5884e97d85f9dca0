// The coroutine type of everything that runs on the loop.
//
// House rule: one await, one line; parameters of coroutines by value. A task starts when it is
// awaited or given to Loop::Spawn, and always runs on the loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace tokenbroker {

template <typename T>
using Task = boost::asio::awaitable<T>;

}  // namespace tokenbroker
