// An HTTP client whose network is the test: it answers what it is told and remembers what it was
// asked. Loop thread only.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "http/http_client.h"
#include "io/loop.h"

namespace tokenbroker {

inline HttpResult HttpAnswer(int status, std::string body,
                             std::string content_type = "application/json") {
  HttpResponse response;
  response.status = status;
  response.headers = {{"content-type", std::move(content_type)}};
  response.body = std::move(body);
  HttpResult result;
  result.response = std::move(response);
  result.sent = true;
  return result;
}

inline HttpResult HttpFailure(absl::Status error, bool sent) {
  HttpResult result;
  result.error = std::move(error);
  result.sent = sent;
  return result;
}

class FakeHttpClient : public HttpClient {
 public:
  explicit FakeHttpClient(Loop& loop) : loop_(loop) {}

  // The answer to every request for `url` from now on; another URL is answered 404.
  void Answer(const std::string& url, HttpResult result) { answers_[url] = std::move(result); }
  // Every answer takes this long.
  void SetLatency(absl::Duration latency) { latency_ = latency; }

  const std::vector<HttpRequest>& requests() const { return requests_; }
  size_t count(absl::string_view url) const {
    size_t n = 0;
    for (const HttpRequest& request : requests_) n += request.url == url ? 1 : 0;
    return n;
  }

  Task<HttpResult> Send(HttpRequest request) override {
    const SteadyTime sent_at = loop_.clock().SteadyNow();
    const std::string url = request.url;
    requests_.push_back(std::move(request));
    if (latency_ > absl::ZeroDuration()) {
      co_await loop_.Sleep(latency_);
    }
    const auto it = answers_.find(url);
    HttpResult result = it == answers_.end() ? HttpAnswer(404, "") : it->second;
    result.sent_at = sent_at;
    co_return result;
  }

 private:
  Loop& loop_;
  absl::Duration latency_;
  std::map<std::string, HttpResult> answers_;
  std::vector<HttpRequest> requests_;
};

// The text of the request's header, or "".
inline std::string HeaderOf(const HttpRequest& request, absl::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return std::string(value.Expose());
  }
  return "";
}

}  // namespace tokenbroker
