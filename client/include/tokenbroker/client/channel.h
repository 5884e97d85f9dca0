// A channel to the broker, set up as the library wants it: TLS from files, who calls, load
// balancing over the broker's replicas, retries and keepalive.
//
//   ChannelOptions options;
//   options.target = "dns:///token-broker.auth.svc:8443";      // a headless Service
//   options.ca_file = "/etc/token-broker/ca.crt";
//   options.token_file = "/var/run/secrets/tokens/token-broker";
//   const auto channel = CreateChannel(options);
//
// Calls go to the replicas in turn (`round_robin`); gRPC asks DNS again when a connection ends,
// which the broker asks for every half hour. A call that finds a broker UNAVAILABLE is tried up to
// four times, unless the broker says not to; WatchToken is not, because a TokenSource does that
// itself.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace tokenbroker::client {

// Where a channel without TLS may lead.
enum class Plaintext { kThisMachine, kAnywhere };

struct ChannelOptions {
  // As gRPC names it: "dns:///name:port", "127.0.0.1:8443", "unix:/run/token-broker.sock".
  // Required.
  std::string target;

  // PEM; the authorities of the broker's certificate. Empty: plaintext.
  std::string ca_file;
  // PEM; the caller's certificate chain and its key. Both or neither.
  std::string certificate_file;
  std::string key_file;
  // A Kubernetes service-account token, sent with every call. Plaintext leads to this machine alone
  // when there is one.
  std::string token_file;

  Plaintext plaintext = Plaintext::kThisMachine;
  // The name that the broker's certificate must have; empty: the target's.
  std::string server_name;
};

// Any thread. Not connected yet. The TLS files are read again when they change, for new
// connections; replace certificate and key together, as Kubernetes does. The token file is read at
// every call, and while that fails the last token is sent. INVALID_ARGUMENT: the options contradict
// each other, or a file cannot be read; the message names the path, never the content. Blocks,
// reading files.
absl::StatusOr<std::shared_ptr<grpc::Channel>> CreateChannel(const ChannelOptions& options);

}  // namespace tokenbroker::client
