// A Kubernetes API server that reviews tokens, and nothing else.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/provider_simulator/http_server.h"

namespace tokenbroker {

// Any thread, but for Stop(). Plain http on a free port of 127.0.0.1.
class FakeApiServer {
 public:
  // Answers whoever shows `own_token`, and nobody else.
  explicit FakeApiServer(std::string own_token);

  std::string url() const { return "http://" + address_; }
  void SetOwnToken(const std::string& token);

  // From now on `token` is that of the service account, made for this audience.
  void Accept(const std::string& token, const std::string& service_account,
              const std::string& audience = "token-broker");
  void Reject(const std::string& token);
  // Answers everything with this status; 0: no more.
  void FailWith(int status);
  // Nobody listens any more.
  void Stop() { server_.reset(); }
  // On the same port. REQUIRES: stopped.
  void Restart();

  // How often it was asked about the token by the one who may ask.
  int Reviews(const std::string& token) const;
  // How often somebody asked who may not.
  int Strangers() const;

 private:
  struct Account {
    std::string username;
    std::string audience;
  };
  provider_simulator::HttpReply Handle(const provider_simulator::HttpRequest& request);

  mutable std::mutex mutex_;
  std::string own_token_;
  std::map<std::string, Account> accounts_;
  std::map<std::string, int> reviews_;
  int strangers_ = 0;
  int fails_with_ = 0;

  std::string address_ = "127.0.0.1:0";
  std::unique_ptr<provider_simulator::HttpServer> server_;
};

}  // namespace tokenbroker
