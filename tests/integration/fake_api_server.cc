#include "tests/integration/fake_api_server.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace tokenbroker {

namespace json = boost::json;
using provider_simulator::HttpReply;
using provider_simulator::HttpRequest;
using provider_simulator::JsonReply;

FakeApiServer::FakeApiServer(std::string own_token) : own_token_(std::move(own_token)) {
  Restart();
}

void FakeApiServer::Restart() {
  server_ = std::make_unique<provider_simulator::HttpServer>();
  address_ = server_->Bind(address_).value();
  server_->Serve(address_, [this](const HttpRequest& request) { return Handle(request); });
  server_->Start();
}

void FakeApiServer::SetOwnToken(const std::string& token) {
  const std::lock_guard<std::mutex> lock(mutex_);
  own_token_ = token;
}

void FakeApiServer::Accept(const std::string& token, const std::string& service_account,
                           const std::string& audience) {
  const std::lock_guard<std::mutex> lock(mutex_);
  accounts_[token] = {"system:serviceaccount:" + service_account, audience};
}

void FakeApiServer::Reject(const std::string& token) {
  const std::lock_guard<std::mutex> lock(mutex_);
  accounts_.erase(token);
}

void FakeApiServer::FailWith(int status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  fails_with_ = status;
}

int FakeApiServer::Reviews(const std::string& token) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = reviews_.find(token);
  return it == reviews_.end() ? 0 : it->second;
}

int FakeApiServer::Strangers() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return strangers_;
}

HttpReply FakeApiServer::Handle(const HttpRequest& request) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (request.method != "POST" || request.path != "/apis/authentication.k8s.io/v1/tokenreviews") {
    return JsonReply(404, "{}");
  }
  if (request.Header("authorization") != "Bearer " + own_token_) {
    ++strangers_;
    return JsonReply(401, R"({"kind":"Status","code":401})");
  }
  const json::object spec = json::parse(request.body).at("spec").as_object();
  const std::string token(spec.at("token").as_string());
  ++reviews_[token];
  if (fails_with_ != 0) return JsonReply(fails_with_, R"({"kind":"Status"})");
  json::object status{{"authenticated", false}, {"error", "no such token"}};
  const auto account = accounts_.find(token);
  for (const json::value& audience : spec.at("audiences").as_array()) {
    if (account == accounts_.end() || audience.as_string() != account->second.audience) continue;
    status = {{"authenticated", true},
              {"user", json::object{{"username", account->second.username}}},
              {"audiences", json::array{audience}}};
  }
  return JsonReply(201, json::serialize(json::object{{"apiVersion", "authentication.k8s.io/v1"},
                                                     {"kind", "TokenReview"},
                                                     {"status", std::move(status)}}));
}

}  // namespace tokenbroker
