#include "config/tls_rules.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include "config/config_path.h"
#include "config/duration_field.h"
#include "config/network_rules.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

// The files of one section.
class FileKeys {
 public:
  FileKeys(absl::string_view section, const std::string& folder, ConfigErrors& errors)
      : section_(section), folder_(folder), errors_(errors) {}

  std::string Required(bool given, const std::string& path, absl::string_view key,
                       absl::string_view what) {
    if (!given) Refuse(key, absl::StrCat("is missing; name ", what));
    return Given(given, path, key);
  }
  std::string OrElse(bool given, const std::string& path, absl::string_view key,
                     const std::string& fallback) {
    return given ? Given(true, path, key) : fallback;
  }
  void Refuse(absl::string_view key, absl::string_view text) {
    errors_.Add(absl::StrCat(section_, ".", key), text);
  }

 private:
  std::string Given(bool given, const std::string& path, absl::string_view key) {
    if (given && path.empty()) Refuse(key, "is empty; name a file");
    return ResolvePath(folder_, path);
  }

  const absl::string_view section_;
  const std::string& folder_;
  ConfigErrors& errors_;
};

}  // namespace

TlsConfig BuildTls(const pb::Server& server, const std::string& folder, ConfigErrors& errors) {
  const pb::Tls& in = server.tls();
  FileKeys files("server.tls", folder, errors);
  TlsConfig out;
  out.certificate_file = files.Required(in.has_certificate_file(), in.certificate_file(),
                                        "certificate_file", "the PEM file of the server's chain");
  out.key_file = files.Required(in.has_key_file(), in.key_file(), "key_file",
                                "the PEM file of the certificate's private key");
  out.client_ca_file =
      files.Required(in.has_client_ca_file(), in.client_ca_file(), "client_ca_file",
                     "the PEM file of the authorities that issue the callers' "
                     "certificates");
  out.client_crl_file =
      files.OrElse(in.has_client_crl_file(), in.client_crl_file(), "client_crl_file", "");
  if (in.client_certificate() != pb::CLIENT_CERTIFICATE_OPTIONAL) {
    if (server.has_service_account_tokens()) {
      files.Refuse("client_certificate",
                   "is required, so that no call is without a certificate, and no service-account "
                   "token ever counts; write optional, or take service_account_tokens out");
    }
    return out;
  }
  out.client_certificate = ClientCertificate::kOptional;
  if (!server.has_service_account_tokens()) {
    files.Refuse("client_certificate",
                 "is optional, and nothing else says who calls; write service_account_tokens: {} "
                 "below server, or required");
  }
  return out;
}

ServiceAccountTokensConfig BuildServiceAccountTokens(const pb::ServiceAccountTokens& in,
                                                     const std::string& folder,
                                                     ConfigErrors& errors) {
  constexpr absl::string_view kSection = "server.service_account_tokens";
  FileKeys files(kSection, folder, errors);
  ServiceAccountTokensConfig out;
  if (in.has_audience()) out.audience = in.audience();
  if (out.audience.empty()) files.Refuse("audience", "is empty; name it, or leave the key out");
  if (in.has_api_server()) out.api_server = in.api_server();
  if (absl::Status s = CheckIssuerUrl(out.api_server); !s.ok()) {
    files.Refuse("api_server", s.message());
  }
  out.ca_file = files.OrElse(in.has_ca_file(), in.ca_file(), "ca_file", out.ca_file);
  out.token_file = files.OrElse(in.has_token_file(), in.token_file(), "token_file", out.token_file);
  out.max_age = PositiveDuration(in.has_max_age(), in.max_age(), out.max_age,
                                 absl::StrCat(kSection, ".max_age"), errors);
  return out;
}

}  // namespace tokenbroker
