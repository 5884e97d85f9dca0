#include "main/admission.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "base/status_macros.h"
#include "config/periodic_check.h"
#include "rpc/tls_credentials.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kFileCheck = absl::Seconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<Admission>> Admission::Make(Loop& loop, HttpClient& http,
                                                           Metrics& metrics,
                                                           const ConfigSource& config) {
  const ServerConfig server = config.Current()->server;
  std::unique_ptr<Admission> made(new Admission());
  made->credentials_ = grpc::InsecureServerCredentials();
  if (server.tls) {
    TB_ASSIGN_OR_RETURN(made->tls_, TlsWatcher::Start(*server.tls, metrics));
    made->credentials_ = MakeTlsCredentials(*made->tls_, server.tls->client_certificate);
  }
  if (server.service_account_tokens) {
    const ServiceAccountTokensConfig& tokens = *server.service_account_tokens;
    auto own = StartOwnToken(tokens.token_file, metrics);
    if (!own.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("server.service_account_tokens.token_file: ", own.status().message()));
    }
    made->own_token_ = *std::move(own);
    made->tokens_ =
        std::make_unique<ServiceAccountTokens>(loop, http, *made->own_token_, metrics, tokens);
  }
  made->callers_ = std::make_unique<Callers>(loop, config, made->tls_.get(), made->tokens_.get());
  if (server.audit.sink != AuditConfig::Sink::kNone) {
    TB_ASSIGN_OR_RETURN(made->audit_, AuditLog::Open(server.audit, metrics));
  }
  made->door_ = std::make_unique<FrontDoor>(*made->callers_, made->audit_.get(), metrics, loop);
  return made;
}

absl::optional<TlsStatus> Admission::Tls() const {
  if (tls_ == nullptr) return absl::nullopt;
  const std::shared_ptr<const TlsMaterial> material = tls_->Current();
  TlsStatus status;
  status.certificate_expiry = material->not_after;
  if (material->revoked.NextUpdate() != absl::InfiniteFuture()) {
    status.revocation_list_expiry = material->revoked.NextUpdate();
  }
  return status;
}

void Admission::ReopenFiles() {
  if (audit_ != nullptr) audit_->Reopen();
}

void Admission::Start() {
  thread_ = std::jthread([this](std::stop_token stop) {
    CheckPeriodically(std::move(stop), kFileCheck, [this] {
      if (tls_ != nullptr) tls_->CheckNow();
      if (own_token_ != nullptr) own_token_->CheckNow();
    });
  });
}

}  // namespace tokenbroker
