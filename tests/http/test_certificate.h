// A self-signed certificate for 127.0.0.1, made anew for each test.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace tokenbroker {

class TestCertificate {
 public:
  TestCertificate();
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  // A PEM file that holds the certificate; gone with this object.
  const std::string& ca_file() const { return ca_file_; }
  // For a server that shows the certificate.
  SSL_CTX* server() const { return server_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> server_;
  std::string ca_file_;
};

}  // namespace tokenbroker
