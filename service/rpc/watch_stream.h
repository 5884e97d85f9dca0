// A stream of WatchToken, as the handler sees it, whatever transport carries it.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include "access/callers.h"
#include "broker/watch_service.h"

namespace tokenbroker {

// Any thread, except where TokenWatcher says otherwise. None of it has an effect on one that has
// ended.
class WatchStream : public TokenWatcher {
 public:
  // What the call showed of who makes it; nullopt when it has ended.
  virtual absl::optional<KeptCredentials> Shown() = 0;
  // The rule that allows it from now on, for its audit lines.
  virtual void SetRule(absl::string_view rule) = 0;
  // Ends it because the broker stops: the client is to go elsewhere.
  virtual void Close() = 0;
};

}  // namespace tokenbroker
