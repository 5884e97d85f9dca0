// Puts the token of a file into every call (`authorization: Bearer`). The file is read at every
// call, because Kubernetes replaces it about every hour; while that fails, the last token is sent.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <mutex>
#include <string>

namespace tokenbroker::client {

// Any thread.
class ServiceAccountToken : public grpc::MetadataCredentialsPlugin {
 public:
  // INVALID_ARGUMENT: the file cannot be read or holds no token.
  static absl::StatusOr<std::unique_ptr<ServiceAccountToken>> Open(std::string path);
  ~ServiceAccountToken() override;

  grpc::Status GetMetadata(grpc::string_ref service_url, grpc::string_ref method_name,
                           const grpc::AuthContext& channel,
                           std::multimap<grpc::string, grpc::string>* metadata) override;
  grpc::string DebugString() override { return "ServiceAccountToken"; }

 private:
  ServiceAccountToken(std::string path, std::string token);

  const std::string path_;
  std::mutex mutex_;
  // The last good one; mutex_ protects it.
  std::string token_;
};

}  // namespace tokenbroker::client
