// A certificate authority of a test's own.
#pragma once

#include <absl/time/time.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace tokenbroker {

// Its files are PEM and go with it.
class TestAuthority {
 public:
  TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  // Longer than any run.
  static constexpr absl::Duration kLifetime = absl::Hours(24);

  struct Files {
    std::string certificate;
    std::string key;
  };
  // For a server or a client. `names` as OpenSSL writes subjectAltName:
  // "IP:127.0.0.1,DNS:localhost"; empty for none. Good since an hour ago and for `lifetime` from
  // now, which may be negative.
  Files Issue(const std::string& names, absl::Duration lifetime = kLifetime) const;
  // The list (RFC 5280 5) of all that were revoked so far, this one too; its file.
  std::string Revoke(const Files& files);

  // What is in one of these files.
  static std::string Text(const std::string& path);

  std::string ca_file() const { return folder_.Path("ca.pem"); }

 private:
  using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
  static CertificatePtr Unsigned(EVP_PKEY* key, const std::string& name, absl::Duration lifetime);
  void Write(const std::string& path, X509* certificate) const;

  TempFolder folder_;
  KeyPtr key_;
  CertificatePtr certificate_;
  mutable int issued_ = 0;
  std::vector<long> revoked_;
};

}  // namespace tokenbroker
