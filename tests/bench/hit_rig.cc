#include "tests/bench/hit_rig.h"

#include <absl/strings/str_cat.h>

#include <cstdlib>

#include "broker/grant_mapping.h"
#include "rpc/grpc_call.h"
#include "tests/bench/twenty_rules.h"

namespace tokenbroker {
namespace {

constexpr size_t kAccessTokenBytes = 476;

Snapshot SpotifyUnderTwentyRules() {
  Snapshot snapshot;
  ProviderConfig provider;
  provider.name = "spotify";
  snapshot.providers[provider.name] = std::make_shared<const ProviderConfig>(provider);
  snapshot.policy = TwentyRules();
  return snapshot;
}

std::unique_ptr<AuditLog> OpenAudit(const std::string& file, Metrics& metrics) {
  AuditConfig config;
  config.sink = AuditConfig::Sink::kFile;
  config.file = file;
  return *AuditLog::Open(config, metrics);
}

}  // namespace

HitRig::HitRig(size_t capacity, const std::string& audit_file)
    : config_(SpotifyUnderTwentyRules()),
      cache_(capacity),
      audit_(OpenAudit(audit_file, metrics_)),
      door_(callers_, audit_.get(), metrics_, loop_),
      caller_(MakeKnownCaller(*ParseCaller(kRigCaller), *config_.Current()->policy,
                              std::make_shared<CallerUsage>(QuotaConfig()))) {
  // The store says that its changes are heard: what is cached from now on is vouched for.
  loop_.Poll();
  parts_.store_time = {Clock::Real().TimeNow(), Clock::Real().SteadyNow()};
}

void HitRig::Put(const std::string& subject) {
  Grant grant;
  grant.key = {"music", "spotify", subject};
  grant.generation = 1'800'000'000'000;
  grant.access_token = Secret(std::string(kAccessTokenBytes, 'a'));
  grant.refresh_token = Secret("refresh");
  grant.token_type = "Bearer";
  grant.scopes = {"playlist-read-private", "user-read-email"};
  grant.owner = kRigCaller;
  grant.issued_at = parts_.StoreNow();
  grant.expires_at = grant.issued_at + absl::Hours(1);
  grant.refresh_at = grant.issued_at + absl::Minutes(55);
  parts_.Cache(grant.key, ToCachedToken(grant, parts_.store_time, &parts_.traits));
}

grpc::ByteBuffer HitRig::RequestFor(const std::string& subject) {
  v1::GetFreshTokenRequest request;
  request.set_provider("spotify");
  request.set_subject(subject);
  return ToBytes(request);
}

grpc::ByteBuffer HitRig::Hit(const grpc::ByteBuffer& request) {
  Visit visit(Rpc::kGetFreshToken, &context_);
  visit.begun = door_.clock().SteadyNow();
  FreshRequest message;
  FreshAnswer answer;
  if (!door_.LetIn(caller_, &visit).ok() || !ReadMessage(request, &message)) std::abort();
  const CallInfo info{visit.caller, visit.begun + kDefaultCallTimeout, visit.waiting, visit.notes,
                      visit.trace};
  absl::Status status = absl::UnknownError("not answered at once");
  handler_.GetFreshToken(info, message, &answer,
                         [&status](absl::Status ended) { status = std::move(ended); });
  if (!status.ok()) std::abort();
  door_.Count(visit, status);
  door_.Leave(visit, FactsOf(message, answer), status);
  return ToBytes(answer);
}

}  // namespace tokenbroker
