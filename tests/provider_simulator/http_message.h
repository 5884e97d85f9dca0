// HTTP requests and replies without a socket: what the endpoints are written and tested against.

#ifndef TESTS_PROVIDER_SIMULATOR_HTTP_MESSAGE_H_
#define TESTS_PROVIDER_SIMULATOR_HTTP_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace provider_simulator {

struct HttpRequest {
  std::string method;
  std::string path;                            // as sent, not decoded
  std::string query;                           // without the question mark
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::uint64_t connection = 0;    // unique per TCP connection
  bool reused_connection = false;  // not the first request on it

  std::string Header(const std::string& lower_case_name) const;  // empty when absent
};

// What happens to the connection: the reply is sent, nothing ever is, or it is cut (RST or FIN).
enum class Delivery { kSend, kHang, kReset, kClose };

struct HttpReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  absl::Duration delay = absl::ZeroDuration();  // before the delivery
  Delivery delivery = Delivery::kSend;
  // Dropped when the exchange is over: the reply was written or the connection is gone.
  std::shared_ptr<void> in_flight;
};

using HttpHandler = std::function<HttpReply(const HttpRequest&)>;

HttpReply HtmlReply(int status, std::string page);
HttpReply JsonReply(int status, std::string json);  // Cache-Control: no-store (RFC 6749 5.1)

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_HTTP_MESSAGE_H_
