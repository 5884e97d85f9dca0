// A server's TLS files, read once.
#pragma once

#include <memory>
#include <string>

#include "config/tls_files.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {

// Any thread.
class FixedTls : public TlsSource {
 public:
  FixedTls(const TestAuthority::Files& server, const std::string& client_ca_file) {
    auto material = std::make_shared<TlsMaterial>();
    material->certificate_chain = TestAuthority::Text(server.certificate);
    material->private_key = Secret(TestAuthority::Text(server.key));
    material->client_authorities = TestAuthority::Text(client_ca_file);
    material_ = std::move(material);
  }

  std::shared_ptr<const TlsMaterial> Current() const override { return material_; }

 private:
  std::shared_ptr<const TlsMaterial> material_;
};

}  // namespace tokenbroker
