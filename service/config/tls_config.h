// What the configuration says about TLS towards callers and about their Kubernetes tokens.
#pragma once

#include <absl/time/time.h>

#include <string>

namespace tokenbroker {

// kOptional: a caller without a certificate needs a service-account token.
enum class ClientCertificate { kRequired, kOptional };

// Files in PEM; they reload, their names do not.
struct TlsConfig {
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file;
  // Empty: no list.
  std::string client_crl_file;
  ClientCertificate client_certificate = ClientCertificate::kRequired;

  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

// Who checks the callers' service-account tokens (TokenReview).
struct ServiceAccountTokensConfig {
  std::string audience = "token-broker";
  std::string api_server = "https://kubernetes.default.svc";
  std::string ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
  // The broker's own, which may ask for reviews.
  std::string token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  // How long an answer is believed at most.
  absl::Duration max_age = absl::Minutes(1);

  friend bool operator==(const ServiceAccountTokensConfig&,
                         const ServiceAccountTokensConfig&) = default;
};

}  // namespace tokenbroker
