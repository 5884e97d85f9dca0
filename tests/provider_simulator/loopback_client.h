// Test support: one TCP connection and HTTP/1.1 on it, blocking, on plain sockets, so that what the
// server does to a connection is seen as it is.

#ifndef TESTS_PROVIDER_SIMULATOR_LOOPBACK_CLIENT_H_
#define TESTS_PROVIDER_SIMULATOR_LOOPBACK_CLIENT_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace provider_simulator {

struct LoopbackAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class LoopbackClient {
 public:
  // Connects to "127.0.0.1:PORT". A failure shows at the first Write.
  explicit LoopbackClient(const std::string& address);
  ~LoopbackClient();
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  // Read gives up after this with DEADLINE_EXCEEDED.
  void SetReadTimeout(absl::Duration timeout);

  absl::Status Write(const std::string& bytes);
  // One answer. UNAVAILABLE when the connection was shut, ABORTED when it was reset.
  absl::StatusOr<LoopbackAnswer> Read();

  absl::StatusOr<LoopbackAnswer> Get(const std::string& target, const std::string& headers = "");
  // A form when `body` is one; `headers` are whole lines.
  absl::StatusOr<LoopbackAnswer> Send(const std::string& method, const std::string& target,
                                      const std::string& body, const std::string& headers = "");

 private:
  absl::Status Receive();

  int socket_ = -1;
  std::string received_;
};

// A token request of the default client, to write by hand.
std::string RefreshRequest(const std::string& refresh_token);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_LOOPBACK_CLIENT_H_
