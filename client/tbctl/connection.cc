#include "client/tbctl/connection.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/secret.h"
#include "base/status_macros.h"
#include "config/file_reader.h"
#include "config/network_rules.h"
#include "config/secret_file.h"
#include "crypto/certificate.h"
#include "tokenbroker/client/channel.h"

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

absl::Status CheckToken(const std::string& path) {
  FileRecord files(ReadSmallFile);
  const absl::StatusOr<ClientSecret> token = ReadSecretFile(path, files);
  if (!token.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--token-file: ", token.status().message()));
  }
  const absl::string_view text = token->secret.Expose();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (plain) return absl::OkStatus();
  return At("--token-file", path, absl::InvalidArgumentError("holds no token"));
}

absl::Status CheckTlsFiles(const Arguments& arguments) {
  TB_RETURN_IF_ERROR(ReadCertificates("--ca-file", arguments.ca_file).status());
  if (arguments.certificate_file.empty()) return absl::OkStatus();
  TB_ASSIGN_OR_RETURN(const std::string chain,
                      ReadCertificates("--certificate-file", arguments.certificate_file));
  TB_ASSIGN_OR_RETURN(std::string key, ReadPem("--key-file", arguments.key_file));
  return At("--key-file", arguments.key_file, CheckPrivateKey(chain, Secret(std::move(key))));
}

absl::Status CheckLocal(const std::string& address) {
  ListenerKind kind = ListenerKind::kNetwork;
  if (ParseListener(address, &kind).ok() && kind != ListenerKind::kNetwork) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--token-file: the token would cross the network in plaintext to ",
                   absl::CEscape(address), "; name the broker's authorities with --ca-file"));
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
  if (!arguments.ca_file.empty()) TB_RETURN_IF_ERROR(CheckTlsFiles(arguments));
  if (!arguments.token_file.empty()) {
    if (arguments.ca_file.empty()) TB_RETURN_IF_ERROR(CheckLocal(arguments.address));
    TB_RETURN_IF_ERROR(CheckToken(arguments.token_file));
  }
  client::ChannelOptions options;
  options.target = arguments.address;
  options.ca_file = arguments.ca_file;
  options.certificate_file = arguments.certificate_file;
  options.key_file = arguments.key_file;
  options.token_file = arguments.token_file;
  options.plaintext = client::Plaintext::kAnywhere;
  return client::CreateChannel(options);
}

}  // namespace tokenbroker::tbctl
