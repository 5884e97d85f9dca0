// X.509 certificates as PEM text: whom one names, and whether a key is its. OpenSSL. Any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"

struct x509_st;

namespace tokenbroker {

class Certificate {
 public:
  // The first one in `pem`; INVALID_ARGUMENT "holds no readable certificate".
  static absl::StatusOr<Certificate> Parse(absl::string_view pem);

  // The URIs and the DNS names of its subjectAltName (RFC 5280 4.2.1.6), as they are written there:
  // also with a NUL in them, which no caller may have.
  std::vector<std::string> Uris() const;
  std::vector<std::string> DnsNames() const;
  // A certificate authority's own.
  bool IsAuthority() const;
  absl::Time NotAfter() const;

  x509_st* get() const { return certificate_.get(); }

 private:
  friend absl::StatusOr<std::vector<Certificate>> ParseCertificates(absl::string_view pem);
  struct Free {
    void operator()(x509_st* certificate) const;
  };
  explicit Certificate(x509_st* certificate) : certificate_(certificate) {}

  std::unique_ptr<x509_st, Free> certificate_;
};

// All of them, at least one; INVALID_ARGUMENT when there is none or one is broken.
absl::StatusOr<std::vector<Certificate>> ParseCertificates(absl::string_view pem);

// INVALID_ARGUMENT when `key` is no private key in PEM, is encrypted, or not that of the first
// certificate in `chain`. The message continues "the file ...".
absl::Status CheckPrivateKey(absl::string_view chain, const Secret& key);

}  // namespace tokenbroker
