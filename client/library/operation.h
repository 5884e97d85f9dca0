// Something asynchronous that can be given up: a call, a stream, a timer.
#pragma once

#include <memory>

namespace tokenbroker::client {

// Any thread. Start() may call back before it returns, and Cancel() may too: call neither with a
// lock held that the callback takes. An operation lives until its last callback has returned,
// whether or not anybody holds it.
class Operation {
 public:
  virtual ~Operation() = default;
  // Once at most.
  virtual void Start() = 0;
  // Any number of times, before Start() too. Hurries the end; the callback may still come.
  virtual void Cancel() = 0;
};

using OperationPtr = std::shared_ptr<Operation>;

}  // namespace tokenbroker::client
