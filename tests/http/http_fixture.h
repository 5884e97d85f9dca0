// A fixture with a real loop and a CurlClient on it.
#pragma once

#include <absl/types/optional.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "http/curl_client.h"

namespace tokenbroker {

inline HttpRequest Get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

inline HttpRequest Post(std::string url, std::string body,
                        Repetition repetition = Repetition::kNever) {
  HttpRequest request;
  request.method = HttpMethod::kPost;
  request.url = std::move(url);
  request.body = Secret(std::move(body));
  request.repetition = repetition;
  return request;
}

class HttpTest : public ::testing::Test {
 protected:
  using Pending = std::shared_ptr<absl::optional<HttpResult>>;

  ~HttpTest() override { loop_.DropTasks(); }

  // Starts a request; its result appears in the Pending when it has ended.
  Pending Start(HttpRequest request) {
    auto pending = std::make_shared<absl::optional<HttpResult>>();
    loop_.Spawn(Keep(http_.get(), std::move(request), pending));
    return pending;
  }

  HttpResult Send(HttpRequest request) {
    const Pending pending = Start(std::move(request));
    RunUntil([&] { return pending->has_value(); });
    return std::move(**pending);
  }

  // Turns the loop until `done` says so.
  template <typename Done>
  void RunUntil(Done done) {
    while (!done()) loop_.context().run_one_for(std::chrono::milliseconds(10));
  }

  Loop loop_{Clock::Real()};
  std::unique_ptr<CurlClient> http_ = std::make_unique<CurlClient>(loop_);

 private:
  static Task<void> Keep(CurlClient* http, HttpRequest request, Pending pending) {
    HttpResult result = co_await http->Send(std::move(request));
    pending->emplace(std::move(result));
  }
};

}  // namespace tokenbroker
