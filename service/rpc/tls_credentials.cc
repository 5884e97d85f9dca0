#include "rpc/tls_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <string>

#include "base/mutex.h"

namespace tokenbroker {
namespace {

grpc_ssl_client_certificate_request_type RequestType(ClientCertificate client_certificate) {
  return client_certificate == ClientCertificate::kRequired
             ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
             : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
}

// The C core asks before every handshake whether there are newer files. Neither the C++ wrapper of
// that nor a certificate provider of our own can be had from gRPC 1.51's public headers, and its
// FileWatcherCertificateProvider takes a key that does not fit the certificate.
class TlsCredentials : public grpc::ServerCredentials {
 public:
  TlsCredentials(const TlsSource& source, ClientCertificate client_certificate) : source_(source) {
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            RequestType(client_certificate), &TlsCredentials::Fetch, this));
  }
  ~TlsCredentials() override { grpc_server_credentials_release(credentials_); }

  // Never called: who calls is our own business.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<TlsCredentials*>(self)->Fetch(config);
  }

  grpc_ssl_certificate_config_reload_status Fetch(grpc_ssl_server_certificate_config** config) {
    std::shared_ptr<const TlsMaterial> current = source_.Current();
    MutexLock lock(mutex_);
    if (current == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    // gRPC keeps copies of its own, which it does not wipe.
    const grpc_ssl_pem_key_cert_pair pair = {current->private_key.Expose().data(),
                                             current->certificate_chain.c_str()};
    *config =
        grpc_ssl_server_certificate_config_create(current->client_authorities.c_str(), &pair, 1);
    given_ = std::move(current);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const TlsSource& source_;
  grpc_server_credentials* credentials_;
  Mutex mutex_;
  // What gRPC has.
  std::shared_ptr<const TlsMaterial> given_ TB_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const TlsSource& source,
                                                            ClientCertificate client_certificate) {
  return std::make_shared<TlsCredentials>(source, client_certificate);
}

}  // namespace tokenbroker
