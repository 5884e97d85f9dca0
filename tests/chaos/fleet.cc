#include "tests/chaos/fleet.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/util/time_util.h>

#include <iostream>

namespace tokenbroker {
namespace {

using google::protobuf::util::TimeUtil;
using provider_simulator::GrantView;
using provider_simulator::Rotation;

constexpr int kShards = 64;
constexpr size_t kLogShown = 20'000;

// A line for every call of a load would push out those that say why.
std::string WithoutAuditLines(const std::string& output) {
  std::string log;
  for (absl::string_view line : absl::StrSplit(output, '\n', absl::SkipEmpty())) {
    if (!absl::StrContains(line, "\"rpc\":\"")) absl::StrAppend(&log, line, "\n");
  }
  return log;
}

}  // namespace

FleetTest::FleetTest() : simulator_(provider_simulator::Simulator::Start().value()) {
  folder_.Write("client_secret", "secret\n");
  ChildProcess keyring({TBCTL_PROGRAM, "keyring", "new", folder_.Path("keyring")});
  EXPECT_EQ(keyring.Wait(), 0) << keyring.Output();
}

FleetTest::~FleetTest() {
  if (!HasFailure()) return;
  for (size_t i = 0; i < replicas_.size(); ++i) {
    const std::string log = WithoutAuditLines(replicas_[i]->Output());
    const size_t cut = log.size() > kLogShown ? log.size() - kLogShown : 0;
    std::cerr << "-- replica " << i << "\n" << log.substr(cut);
  }
}

void FleetTest::SetRotation(Rotation rotation) {
  provider().Configure([rotation](auto& settings) {
    settings.rotation = rotation;
    settings.rotation_grace = absl::Seconds(30);
  });
  switch (rotation) {
    case Rotation::kNone:
      rotation_yaml_ = "none";
      break;
    case Rotation::kGrace:
      rotation_yaml_ = "grace, rotation_grace: 30s";
      break;
    case Rotation::kSingleUse:
      rotation_yaml_ = "single_use";
  }
}

void FleetTest::SetTokenLifetime(absl::Duration lifetime) {
  provider().Configure([lifetime](auto& settings) { settings.access_token_lifetime = lifetime; });
}

void FleetTest::SetMargin(absl::Duration margin) {
  margin_yaml_ = ", margin: " + std::to_string(absl::ToInt64Seconds(margin)) + "s";
}

void FleetTest::StartRedis(std::vector<std::string> arguments) {
  redis_ = std::make_unique<RedisServer>(std::move(arguments));
}

std::string FleetTest::redis_uri(int database) const {
  return "redis://127.0.0.1:" + std::to_string(redis_->port()) + "/" + std::to_string(database);
}

std::string FleetTest::ProvidersYaml() {
  return "providers:\n"
         "  sim:\n"
         "    issuer: " +
         provider().issuer() +
         "\n"
         "    client_id: client\n"
         "    client_secret_file: " +
         folder_.Path("client_secret") +
         "\n"
         "    redirect_uris: [ \"https://app.example.com/callback\" ]\n"
         "    refresh: { rotation: " +
         rotation_yaml_ + margin_yaml_ + " }\n" + provider_yaml_ + yaml_;
}

Replica& FleetTest::AddReplica(const std::string& uri, Replica::Missing missing,
                               const std::string& store_yaml) {
  const size_t i = replicas_.size();
  Replica::Store store{uri, keyring_file(), min_replica_acks_, missing, store_yaml};
  if (i < spill_folders_.size()) store.spill_folder = spill_folders_[i];
  Replica::Server server{i < listeners_.size() ? listeners_[i] : "", server_yaml_, transport_,
                         policy_};
  if (i < launchers_.size()) server.launcher = launchers_[i];
  replicas_.push_back(std::make_unique<Replica>(authority_, server, store, ProvidersYaml()));
  replicas_.back()->Start();
  return *replicas_.back();
}

void FleetTest::StartReplicas(int count) {
  if (redis_ == nullptr) StartRedis();
  StartReplicas(count, redis_uri());
}

void FleetTest::StartReplicas(int count, const std::string& uri) {
  for (int i = 0; i < count; ++i) AddReplica(uri);
}

std::vector<Replica*> FleetTest::replicas() {
  std::vector<Replica*> all;
  for (const auto& replica : replicas_) all.push_back(replica.get());
  return all;
}

std::string FleetTest::Callback(const std::string& subject, size_t at) {
  provider().PutUser({subject, "account-" + subject});
  Outcome<v1::BuildLoginUriResponse> built;
  // Whoever has just started may not have heard from Redis yet.
  Eventually([&] {
    built = replica(at).client().BuildLoginUri(subject);
    return built.ok() || built.error.reason != "STORE_UNAVAILABLE";
  });
  EXPECT_TRUE(built.ok()) << built.error.reason << " " << built.status.error_message();
  return built.ok() ? provider().Approve(built.response.login_uri(), subject).value() : "";
}

v1::ExchangeCodeResponse FleetTest::LogIn(const std::string& subject, size_t at) {
  const auto exchanged = replica(at).client().ExchangeCallback(Callback(subject, at));
  EXPECT_TRUE(exchanged.ok()) << exchanged.error.reason << " " << exchanged.status.error_message();
  return exchanged.response;
}

void FleetTest::AddKey() {
  ChildProcess add({TBCTL_PROGRAM, "keyring", "add", folder_.Path("keyring")});
  EXPECT_EQ(add.Wait(), 0) << add.Output();
}

std::vector<std::string> FleetTest::LogInMany(int count) {
  std::vector<std::string> subjects;
  for (int i = 0; i < count; ++i) {
    subjects.push_back("user-" + std::to_string(i));
    LogIn(subjects.back(), static_cast<size_t>(i) % replicas_.size());
  }
  return subjects;
}

Outcome<v1::GetFreshTokenResponse> FleetTest::GetToken(const std::string& subject, size_t at,
                                                       absl::Duration deadline) {
  return replica(at).client().GetToken(BrokerClient::TokenRequest(subject), deadline);
}

Outcome<v1::GetFreshTokenResponse> FleetTest::GetTokenGoodFor(const std::string& subject,
                                                              absl::Duration min_ttl, size_t at,
                                                              absl::Duration deadline) {
  v1::GetFreshTokenRequest request = BrokerClient::TokenRequest(subject);
  *request.mutable_min_ttl() = TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(min_ttl));
  return replica(at).client().GetToken(request, deadline);
}

bool FleetTest::MovesBeyond(int64_t generation, const std::string& subject, size_t at,
                            absl::Duration patience) {
  return Eventually(
      [&] {
        const auto answer = GetToken(subject, at);
        return answer.ok() && answer.response.token().generation() > generation;
      },
      patience);
}

v1::Grant FleetTest::GetGrant(const std::string& subject, size_t at) {
  const auto answer = replica(at).client().GetGrant(subject);
  EXPECT_TRUE(answer.ok()) << subject << " " << answer.error.reason;
  return answer.response.grant();
}

GrantView FleetTest::FamilyOf(const std::string& subject) {
  GrantView last;
  for (GrantView& grant : provider().grants()) {
    if (grant.user == subject) last = std::move(grant);
  }
  return last;
}

std::string FleetTest::RecordField(const std::string& subject, const std::string& field) {
  if (servers_.empty()) return FieldAt(redis(), subject, field);
  for (RedisServer* server : servers_) {
    std::string value = FieldAt(*server, subject, field);
    if (!value.empty()) return value;
  }
  return std::string();
}

std::string FleetTest::FieldAt(RedisServer& server, const std::string& subject,
                               const std::string& field) {
  std::string& key = record_keys_[subject];
  for (int shard = 0; key.empty() && shard < kShards; ++shard) {
    const std::string here = "tb:{" + std::to_string(shard) + "}:grant:default:sim:" + subject;
    if (server.Command({"EXISTS", here}) == "1") key = here;
  }
  // A node of a cluster that does not serve the key knows nothing of it.
  if (key.empty() || server.Command({"EXISTS", key}) != "1") return std::string();
  return server.Command({"HGET", key, field});
}

}  // namespace tokenbroker
