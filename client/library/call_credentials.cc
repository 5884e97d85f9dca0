#include "tokenbroker/client/call_credentials.h"

#include <string>
#include <utility>

namespace tokenbroker::client {
namespace {

constexpr char kAuthorization[] = "authorization";

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message().data(), status.message().size()));
}

class TokenPlugin : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenPlugin(std::shared_ptr<TokenSource> source) : source_(std::move(source)) {}

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    const absl::StatusOr<AccessTokenPtr> token = source_->Token();
    if (!token.ok()) return ToGrpc(token.status());
    const absl::StatusOr<absl::string_view> header = (*token)->AuthorizationHeader();
    if (!header.ok()) return ToGrpc(header.status());
    metadata->emplace(kAuthorization, std::string(header->data(), header->size()));
    return grpc::Status::OK;
  }
  grpc::string DebugString() override { return "TokenCallCredentials"; }

 private:
  const std::shared_ptr<TokenSource> source_;
};

}  // namespace

std::shared_ptr<grpc::CallCredentials> TokenCallCredentials(std::shared_ptr<TokenSource> source,
                                                            TokenTransport transport) {
  return grpc::experimental::MetadataCredentialsFromPlugin(
      std::make_unique<TokenPlugin>(std::move(source)), transport == TokenTransport::kPrivateChannel
                                                            ? GRPC_PRIVACY_AND_INTEGRITY
                                                            : GRPC_SECURITY_NONE);
}

absl::Status AddAuthorization(const AccessToken& token, grpc::ClientContext* context) {
  const absl::StatusOr<absl::string_view> header = token.AuthorizationHeader();
  if (!header.ok()) return header.status();
  context->AddMetadata(kAuthorization, std::string(header->data(), header->size()));
  return absl::OkStatus();
}

}  // namespace tokenbroker::client
