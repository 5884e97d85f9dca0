// A small HTTP/1.1 server with keep-alive, on one thread, that can also misbehave (see Delivery).
// Start-up and destruction on one thread; handlers run on the server's thread.

#ifndef TESTS_PROVIDER_SIMULATOR_HTTP_SERVER_H_
#define TESTS_PROVIDER_SIMULATOR_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/provider_simulator/http_message.h"

namespace provider_simulator {

class HttpServer {
 public:
  HttpServer();
  ~HttpServer();  // cuts every connection and joins the thread
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds "host:port" (numeric host, IPv6 in brackets) and returns the bound address: connections
  // queue from now on. INVALID_ARGUMENT for an address that is none, UNAVAILABLE when it is taken.
  absl::StatusOr<std::string> Bind(const std::string& address);

  // Serves what connects to a bound address. REQUIRES: `bound` came from Bind, once each.
  void Serve(const std::string& bound, HttpHandler handler);

  void Start();  // REQUIRES: called once, after every Serve

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_HTTP_SERVER_H_
