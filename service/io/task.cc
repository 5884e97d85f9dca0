#include "io/task.h"

#include <cstdlib>
#include <exception>

#include "base/log.h"

namespace tokenbroker {

void EndProcessForException() noexcept {
  try {
    throw;
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "exception_left_a_task", {{"what", e.what()}});
  } catch (...) {
    Log(LogLevel::kError, "exception_left_a_task");
  }
  std::abort();
}

}  // namespace tokenbroker
