// gRPC server credentials whose certificate, key and client authorities change while connections
// stay: each handshake uses what the source has then. TLS 1.2 or later.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "config/tls_config.h"
#include "config/tls_files.h"

namespace tokenbroker {

// For one address of one server, which the source must outlive. Any thread.
std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const TlsSource& source,
                                                            ClientCertificate client_certificate);

}  // namespace tokenbroker
