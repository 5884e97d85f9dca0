// Who is let in: the listener's certificates and the callers' identities, with the files that both
// come from.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <thread>

#include "access/callers.h"
#include "access/service_account_tokens.h"
#include "base/metrics.h"
#include "config/snapshot.h"
#include "config/tls_files.h"
#include "http/http_client.h"
#include "io/loop.h"

namespace tokenbroker {

// Made by the main thread.
class Admission {
 public:
  // Reads the files. INVALID_ARGUMENT when one is missing or wrong; the message names the key. All
  // must outlive it.
  static absl::StatusOr<std::unique_ptr<Admission>> Make(Loop& loop, HttpClient& http,
                                                         Metrics& metrics,
                                                         const ConfigSource& config);
  ~Admission() { Stop(); }

  Callers& callers() { return *callers_; }
  std::shared_ptr<grpc::ServerCredentials> credentials() const { return credentials_; }

  // From now on a thread looks at the files.
  void Start();
  void Stop() { thread_ = {}; }

 private:
  Admission() = default;

  std::unique_ptr<TlsWatcher> tls_;
  std::unique_ptr<OwnToken> own_token_;
  std::unique_ptr<ServiceAccountTokens> tokens_;
  std::unique_ptr<Callers> callers_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::jthread thread_;
};

}  // namespace tokenbroker
