#include "rpc/grpc_server.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <absl/time/clock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <tokenbroker/v1/grant_admin.pb.h>
#include <tokenbroker/v1/operations.pb.h>
#include <tokenbroker/v1/provider.pb.h>
#include <tokenbroker/v1/token_broker.pb.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

constexpr int kMaxRequestBytes = 64 * 1024;
constexpr int kMaxMetadataBytes = 16 * 1024;

// INT_MAX is gRPC's word for "never".
int Milliseconds(absl::Duration d) {
  return static_cast<int>(
      std::min<int64_t>(absl::ToInt64Milliseconds(d), std::numeric_limits<int>::max()));
}

void SetLimits(grpc::ServerBuilder& builder, const ConnectionLimits& limits) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.streams);
  // Without this two processes share a port, and each gets half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// We ping idle connections so that dead ones go; callers may ping us, but not in a storm.
void SetKeepalive(grpc::ServerBuilder& builder, const ConnectionLimits& limits) {
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(limits.age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(limits.grace));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(absl::Minutes(1)));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(absl::Seconds(20)));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(absl::Seconds(10)));
}

// `address` with `port` in place of its own.
std::string WithPort(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

std::vector<std::string> ServiceNames() {
  std::vector<std::string> names;
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetFreshTokenRequest::descriptor()->file(), v1::GetGrantRequest::descriptor()->file(),
        v1::ListProvidersRequest::descriptor()->file(),
        v1::GetStatusRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) names.push_back(file->service(i)->full_name());
  }
  return names;
}

// gRPC takes a socket's name away from whoever listens on it, to remove what a dead process left.
absl::Status CheckNobodyListens(absl::string_view address) {
  absl::string_view path = address;
  if (!absl::ConsumePrefix(&path, "unix:")) return absl::OkStatus();
  absl::ConsumePrefix(&path, "//");
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path)) return absl::OkStatus();
  path.copy(name.sun_path, path.size());
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client < 0) return absl::OkStatus();
  // EAGAIN: its queue is full.
  const bool listens =
      connect(client, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 ||
      errno == EAGAIN;
  close(client);
  if (!listens) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", address, ": another process listens there"));
}

absl::Status CannotListen(absl::string_view address) {
  return absl::UnavailableError(absl::StrCat(
      "cannot listen on ", address,
      absl::StartsWith(address, "unix:")
          ? ": its folder is missing or may not be written, something else lies there, or the path "
            "is too long"
          : ": the port is taken or may not be used, or the address is not one of this machine"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const std::string& address, const std::vector<grpc::Service*>& services,
    std::shared_ptr<grpc::ServerCredentials> credentials, const ConnectionLimits& limits) {
  TB_RETURN_IF_ERROR(CheckNobodyListens(address));
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto health = std::make_unique<HealthService>(ServiceNames());

  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, credentials, &port);
  SetLimits(builder, limits);
  SetKeepalive(builder, limits);
  for (grpc::Service* service : services) builder.RegisterService(service);
  builder.RegisterService(health.get());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return CannotListen(address);
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(credentials), std::move(health),
                                                    std::move(server), WithPort(address, port)));
}

GrpcServer::GrpcServer(std::shared_ptr<grpc::ServerCredentials> credentials,
                       std::unique_ptr<HealthService> health, std::unique_ptr<grpc::Server> server,
                       std::string address)
    : credentials_(std::move(credentials)),
      health_(std::move(health)),
      server_(std::move(server)),
      address_(std::move(address)) {}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(Serving serving) { health_->SetServing(serving); }

void GrpcServer::Shutdown(absl::Duration grace) {
  health_->EndWatches();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}

}  // namespace tokenbroker
