#include "redis/tls_stream.h"

#include <absl/strings/str_cat.h>
#include <openssl/ssl.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <utility>

#include "base/status_macros.h"

namespace tokenbroker {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

namespace {

absl::Status Of(const std::string& file, const boost::system::error_code& error) {
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(file, ": ", error.message()));
}

absl::Status TrustAuthorities(const RedisTls& tls, ssl::context& context) {
  boost::system::error_code error;
  if (tls.ca_file.empty()) {
    error = context.set_default_verify_paths(error);
    return Of("the system's certificate authorities", error);
  }
  error = context.load_verify_file(tls.ca_file, error);
  return Of(tls.ca_file, error);
}

absl::Status ShowCertificate(const RedisTls& tls, ssl::context& context) {
  if (tls.certificate_file.empty()) return absl::OkStatus();
  boost::system::error_code error;
  // An encrypted key is refused, not asked about on the terminal.
  error = context.set_password_callback([](size_t, ssl::context::password_purpose) { return ""; },
                                        error);
  TB_RETURN_IF_ERROR(Of(tls.certificate_file, error));
  error = context.use_certificate_chain_file(tls.certificate_file, error);
  TB_RETURN_IF_ERROR(Of(tls.certificate_file, error));
  // Also refuses a key of another certificate.
  error = context.use_private_key_file(tls.key_file, ssl::context::pem, error);
  return Of(tls.key_file, error);
}

bool IsAddress(const std::string& name) {
  boost::system::error_code error;
  asio::ip::make_address(name, error);
  return !error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsStream>> MakeTlsStream(const RedisTls& tls,
                                                         const std::string& host,
                                                         StreamSocket& socket) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  TB_RETURN_IF_ERROR(TrustAuthorities(tls, context));
  TB_RETURN_IF_ERROR(ShowCertificate(tls, context));
  auto made = std::make_unique<TlsStream>(std::move(context), socket);
  const std::string& name = tls.server_name.empty() ? host : tls.server_name;
  boost::system::error_code error;
  error = made->stream.set_verify_mode(ssl::verify_peer, error);
  TB_RETURN_IF_ERROR(Of(name, error));
  error = made->stream.set_verify_callback(ssl::host_name_verification(name), error);
  TB_RETURN_IF_ERROR(Of(name, error));
  // RFC 6066, section 3: names only.
  if (!IsAddress(name)) SSL_set_tlsext_host_name(made->stream.native_handle(), name.c_str());
  return made;
}

}  // namespace tokenbroker
