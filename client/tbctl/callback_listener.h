// The loopback redirect of a native app (RFC 8252 section 7.3): receives the one request with which
// the user's browser comes back from the provider.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <string>

namespace tokenbroker::tbctl {

// One thread. Listens on 127.0.0.1 only.
class CallbackListener {
 public:
  // Port 0 picks a free one. UNAVAILABLE when the port is taken.
  static absl::StatusOr<std::unique_ptr<CallbackListener>> Listen(int port, std::string path);
  virtual ~CallbackListener() = default;

  // http://127.0.0.1:PORT/PATH
  virtual const std::string& redirect_uri() const = 0;

  // Blocks until a browser comes to the path with that `state`: the whole URL that it came to. Its
  // request stays open until Answer. Whoever comes otherwise gets an error page and is ignored.
  // DEADLINE_EXCEEDED after `timeout`.
  virtual absl::StatusOr<std::string> WaitForCallback(std::string state,
                                                      absl::Duration timeout) = 0;

  // Shows the waiting browser an HTML page. Once, after WaitForCallback. A browser that has gone is
  // no error.
  virtual void Answer(std::string html) = 0;

 protected:
  CallbackListener() = default;
};

}  // namespace tokenbroker::tbctl
