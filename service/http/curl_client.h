// HttpClient by libcurl on the loop: connections are kept and reused, HTTP/2 is spoken over TLS,
// certificates are always verified.
//
//   CurlClient http(loop);
//   HttpResult result = co_await http.Send(std::move(request));
#pragma once

#include "http/curl_multi.h"
#include "http/http_client.h"
#include "io/loop.h"

namespace tokenbroker {

// Loop thread only. `loop` must outlive it. A request whose waiter is dropped runs on to its end.
// Making the first one ignores SIGPIPE in the whole process. The environment's https_proxy,
// all_proxy and no_proxy hold, except for loopback hosts.
class CurlClient : public HttpClient {
 public:
  explicit CurlClient(Loop& loop) : loop_(loop), multi_(loop) {}

  Task<HttpResult> Send(HttpRequest request) override;

 private:
  Loop& loop_;
  CurlMulti multi_;
};

}  // namespace tokenbroker
