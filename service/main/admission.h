// Who is let in: the listener's certificates, the callers' identities and the audit trail, with the
// files that they come from and go to.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <thread>

#include "access/audit_log.h"
#include "access/callers.h"
#include "access/service_account_tokens.h"
#include "base/metrics.h"
#include "broker/operations_service.h"
#include "config/snapshot.h"
#include "config/tls_files.h"
#include "http/http_client.h"
#include "io/loop.h"
#include "rpc/front_door.h"

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

  FrontDoor& door() { return *door_; }
  Callers& callers() { return *callers_; }
  std::shared_ptr<grpc::ServerCredentials> credentials() const { return credentials_; }
  // Unset without TLS. Any thread.
  absl::optional<TlsStatus> Tls() const;

  // From now on a thread looks at the files.
  void Start();
  // Somebody moved the audit trail's file away.
  void ReopenFiles();
  void Stop() { thread_ = {}; }

 private:
  Admission() = default;

  std::unique_ptr<TlsWatcher> tls_;
  std::unique_ptr<OwnToken> own_token_;
  std::unique_ptr<ServiceAccountTokens> tokens_;
  std::unique_ptr<Callers> callers_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FrontDoor> door_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::jthread thread_;
};

}  // namespace tokenbroker
