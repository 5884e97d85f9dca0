#include "main/signals.h"

#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "main/arguments.h"

namespace tokenbroker {

Signals::Signals(Loop& loop, absl::AnyInvocable<void()> first, absl::AnyInvocable<void()> hangup)
    : signals_(loop.context(), SIGTERM, SIGINT, SIGHUP),
      first_(std::move(first)),
      hangup_(std::move(hangup)) {
  Wait();
}

void Signals::Wait() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    Log(LogLevel::kInfo, "signal", {{"number", number}});
    if (number == SIGHUP) {
      hangup_();
    } else {
      if (++seen_ > 1) std::_Exit(static_cast<int>(ExitCode::kFailed));
      first_();
    }
    Wait();
  });
}

}  // namespace tokenbroker
