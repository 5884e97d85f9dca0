#include "tokenbroker/client/channel.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "client/library/service_account_token.h"
#include "client/library/small_file.h"
#include "client/library/target.h"
#include "client/library/wipe.h"

namespace tokenbroker::client {
namespace {

using ChannelCredentialsPtr = std::shared_ptr<grpc::ChannelCredentials>;

// The broker's calls may all be repeated: ExchangeCode presents a code once, however often it is
// called. A method's own entry goes before its service's.
constexpr char kServiceConfig[] = R"json({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [
    {"name": [{"service": "tokenbroker.v1.TokenBrokerService", "method": "WatchToken"}]},
    {
      "name": [
        {"service": "tokenbroker.v1.TokenBrokerService"},
        {"service": "tokenbroker.v1.GrantAdminService"}
      ],
      "retryPolicy": {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]
      }
    }
  ]
})json";

// The broker permits a ping every ten seconds.
constexpr int kKeepaliveMillis = 30'000;
constexpr int kKeepaliveTimeoutMillis = 10'000;
constexpr int kFirstReconnectMillis = 200;
constexpr int kLongestReconnectMillis = 10'000;
constexpr int kConnectMillis = 10'000;
constexpr unsigned int kTlsFilesSeconds = 10;

grpc::ChannelArguments ArgumentsFor(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  // A stream may say nothing for an hour; without this the pings would end after two.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMillis);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMillis);
  if (!options.server_name.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, options.server_name);
  }
  return arguments;
}

absl::Status CheckReadable(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (text.ok()) Wipe(*text);
  return text.status();
}

absl::Status CheckTlsFiles(const ChannelOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("certificate_file and key_file go together; give both");
  }
  if (options.ca_file.empty() && !options.certificate_file.empty()) {
    return absl::InvalidArgumentError(
        "certificate_file is of use over TLS only; name the broker's authorities with ca_file");
  }
  for (const std::string* path : {&options.ca_file, &options.certificate_file, &options.key_file}) {
    if (path->empty()) continue;
    absl::Status readable = CheckReadable(*path);
    if (!readable.ok()) return readable;
  }
  return absl::OkStatus();
}

ChannelCredentialsPtr TlsCredentials(const ChannelOptions& options) {
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.ca_file, kTlsFilesSeconds));
  tls.watch_root_certs();
  if (!options.certificate_file.empty()) tls.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(tls);
}

absl::StatusOr<ChannelCredentialsPtr> PlaintextCredentials(const ChannelOptions& options) {
  const Reach reach = ReachOf(options.target);
  const bool anywhere = options.plaintext == Plaintext::kAnywhere && options.token_file.empty();
  if (anywhere) return grpc::InsecureChannelCredentials();
  if (reach == Reach::kNetwork) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tokens would cross the network in plaintext to ", absl::CEscape(options.target),
        "; name the broker's authorities with ca_file"));
  }
  // gRPC looks once more, when it has connected, whether the peer is on this machine.
  return grpc::experimental::LocalCredentials(reach == Reach::kUnixSocket ? UDS : LOCAL_TCP);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> CreateChannel(const ChannelOptions& options) {
  absl::Status files = CheckTlsFiles(options);
  if (!files.ok()) return files;
  const bool tls = !options.ca_file.empty();
  absl::StatusOr<ChannelCredentialsPtr> credentials =
      tls ? TlsCredentials(options) : PlaintextCredentials(options);
  if (!credentials.ok()) return credentials.status();
  if (!options.token_file.empty()) {
    auto token = ServiceAccountToken::Open(options.token_file);
    if (!token.ok()) return token.status();
    credentials = grpc::CompositeChannelCredentials(
        *credentials,
        grpc::experimental::MetadataCredentialsFromPlugin(
            *std::move(token), tls ? GRPC_PRIVACY_AND_INTEGRITY : GRPC_SECURITY_NONE));
  }
  return grpc::CreateCustomChannel(options.target, *credentials, ArgumentsFor(options));
}

}  // namespace tokenbroker::client
