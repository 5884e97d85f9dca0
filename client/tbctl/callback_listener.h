// The loopback redirect of a native app (RFC 8252 section 7.3): receives the one request with which
// the user's browser comes back from the provider, or its address, pasted by the user where the
// browser is on another machine.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>

#include "client/tbctl/pages.h"

namespace tokenbroker::tbctl {

// Where addresses are pasted.
struct PasteSource {
  // A file descriptor that is read line by line, or -1 for none. Not taken, and its flags are left
  // as they are, unless it is a socket.
  int input = -1;
  // Told, in a sentence, why a line is not what is waited for.
  std::function<void(const std::string& why)> refuse;
};

// One thread. Listens on 127.0.0.1 only.
class CallbackListener {
 public:
  // Port 0 picks a free one. UNAVAILABLE when the port is taken.
  static absl::StatusOr<std::unique_ptr<CallbackListener>> Listen(int port, std::string path);
  virtual ~CallbackListener() = default;

  // http://127.0.0.1:PORT/PATH
  virtual const std::string& redirect_uri() const = 0;

  // Blocks until a browser comes to the path with that `state`, or its address is pasted: the whole
  // URL that it came to. A browser's request stays open until Answer. Whoever comes otherwise gets
  // an error page (404 at another path, 400 with another state) and is ignored, as is another
  // paste. DEADLINE_EXCEEDED after `timeout`.
  virtual absl::StatusOr<std::string> WaitForCallback(std::string state, absl::Duration timeout,
                                                      PasteSource paste) = 0;

  // Shows the page to the browser that waits, also where it came twice with the same, or comes
  // again within a fifth of a second. Once, after WaitForCallback. A browser that has gone, or
  // never came, is no error.
  virtual void Answer(Page page) = 0;

 protected:
  CallbackListener() = default;
};

}  // namespace tokenbroker::tbctl
