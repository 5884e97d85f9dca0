// HttpClient by libcurl on the loop: connections are kept and reused, HTTP/2 is spoken over TLS,
// certificates are always verified.
//
//   CurlClient http(loop);
//   HttpResult result = co_await http.Send(std::move(request));
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "http/curl_multi.h"
#include "http/http_client.h"
#include "http/request_url.h"
#include "io/loop.h"

namespace tokenbroker {

// Loop thread only. `loop` must outlive it. A request whose waiter is dropped runs on to its end.
// Making the first one ignores SIGPIPE in the whole process. The environment's https_proxy,
// all_proxy and no_proxy hold, except for loopback hosts. Connections to a host that left a request
// unanswered take no new ones.
class CurlClient : public HttpClient {
 public:
  explicit CurlClient(Loop& loop) : loop_(loop) { InitialiseCurlOnce(); }

  Task<HttpResult> Send(HttpRequest request) override;

 private:
  // ParseRequestUrl, once for each.
  absl::StatusOr<RequestUrl> Parse(const std::string& url);
  CurlMulti& MultiFor(const std::string& peer);

  Loop& loop_;
  absl::flat_hash_map<std::string, RequestUrl> parsed_;
  // Transfers may live a little longer.
  const std::shared_ptr<CurlHandles> handles_ = std::make_shared<CurlHandles>();
  absl::flat_hash_map<std::string, std::unique_ptr<CurlMulti>> by_peer_;
  // Gone silent; each goes when its last request has ended.
  std::vector<std::unique_ptr<CurlMulti>> left_;
};

}  // namespace tokenbroker
