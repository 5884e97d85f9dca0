#include "client/tbctl/connection.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/secret.h"
#include "base/status_macros.h"
#include "config/file_reader.h"
#include "config/network_rules.h"
#include "config/secret_file.h"
#include "crypto/certificate.h"

namespace tokenbroker::tbctl {
namespace {

constexpr size_t kMaxPemBytes = 4 * 1024 * 1024;

std::string Text(const Secret& secret) {
  return std::string(secret.Expose().data(), secret.Expose().size());
}

absl::Status At(absl::string_view option, const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": the file '", absl::CEscape(path), "' ", status.message()));
}

absl::StatusOr<std::string> ReadPem(absl::string_view option, const std::string& path) {
  const absl::StatusOr<Secret> content = ReadSmallFile(path, kMaxPemBytes);
  if (!content.ok()) return At(option, path, content.status());
  return Text(*content);
}

absl::StatusOr<std::string> ReadCertificates(absl::string_view option, const std::string& path) {
  TB_ASSIGN_OR_RETURN(std::string pem, ReadPem(option, path));
  TB_RETURN_IF_ERROR(At(option, path, ParseCertificates(pem).status()));
  return pem;
}

// Puts a service-account token into every call.
class BearerToken : public grpc::MetadataCredentialsPlugin {
 public:
  explicit BearerToken(const Secret& token) : value_(absl::StrCat("Bearer ", token.Expose())) {}

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    metadata->emplace("authorization", Text(value_));
    return grpc::Status::OK;
  }
  bool IsBlocking() const override { return false; }
  grpc::string DebugString() override { return "BearerToken"; }

 private:
  const Secret value_;
};

absl::StatusOr<std::unique_ptr<BearerToken>> ReadToken(const std::string& path) {
  FileRecord files(ReadSmallFile);
  const absl::StatusOr<ClientSecret> token = ReadSecretFile(path, files);
  if (!token.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--token-file: ", token.status().message()));
  }
  const absl::string_view text = token->secret.Expose();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (!plain) return At("--token-file", path, absl::InvalidArgumentError("holds no token"));
  return std::make_unique<BearerToken>(token->secret);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsCredentials(
    const Arguments& arguments) {
  grpc::SslCredentialsOptions options;
  TB_ASSIGN_OR_RETURN(options.pem_root_certs, ReadCertificates("--ca-file", arguments.ca_file));
  if (arguments.certificate_file.empty()) return grpc::SslCredentials(options);
  TB_ASSIGN_OR_RETURN(options.pem_cert_chain,
                      ReadCertificates("--certificate-file", arguments.certificate_file));
  TB_ASSIGN_OR_RETURN(options.pem_private_key, ReadPem("--key-file", arguments.key_file));
  TB_RETURN_IF_ERROR(At("--key-file", arguments.key_file,
                        CheckPrivateKey(options.pem_cert_chain, Secret(options.pem_private_key))));
  return grpc::SslCredentials(options);
}

// For a token in plaintext. gRPC looks once more, when it has connected, whether the peer is on
// this machine.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> LocalCredentials(
    const std::string& address) {
  ListenerKind kind = ListenerKind::kNetwork;
  if (!ParseListener(address, &kind).ok() || kind == ListenerKind::kNetwork) {
    return absl::InvalidArgumentError(
        absl::StrCat("--token-file: the token would cross the network in plaintext to ",
                     absl::CEscape(address), "; name the broker's authorities with --ca-file"));
  }
  return grpc::experimental::LocalCredentials(kind == ListenerKind::kUnix ? UDS : LOCAL_TCP);
}

absl::Status CheckTogether(const Arguments& arguments) {
  if (arguments.certificate_file.empty() != arguments.key_file.empty()) {
    return absl::InvalidArgumentError("--certificate-file and --key-file go together; give both");
  }
  if (arguments.ca_file.empty() && !arguments.certificate_file.empty()) {
    return absl::InvalidArgumentError(
        "--certificate-file is of use over TLS only; name the broker's authorities with --ca-file");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Arguments& arguments) {
  TB_RETURN_IF_ERROR(CheckTogether(arguments));
  const bool tls = !arguments.ca_file.empty();
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (tls) {
    TB_ASSIGN_OR_RETURN(credentials, TlsCredentials(arguments));
  }
  if (arguments.token_file.empty()) return grpc::CreateChannel(arguments.address, credentials);
  if (!tls) {
    TB_ASSIGN_OR_RETURN(credentials, LocalCredentials(arguments.address));
  }
  TB_ASSIGN_OR_RETURN(std::unique_ptr<BearerToken> token, ReadToken(arguments.token_file));
  const auto call_credentials = grpc::experimental::MetadataCredentialsFromPlugin(
      std::move(token), tls ? GRPC_PRIVACY_AND_INTEGRITY : GRPC_SECURITY_NONE);
  return grpc::CreateChannel(arguments.address,
                             grpc::CompositeChannelCredentials(credentials, call_credentials));
}

}  // namespace tokenbroker::tbctl
