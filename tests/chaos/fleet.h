// Replicas of the broker over one Redis, between a simulated provider and callers, over mutual TLS.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/replica.h"
#include "tests/chaos/run_length.h"
#include "tests/provider_simulator/simulator.h"
#include "tests/support/redis_server.h"
#include "tests/support/stop_event.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {

class FleetTest : public ::testing::Test {
 protected:
  FleetTest();
  ~FleetTest() override;

  provider_simulator::SimulatedProvider& provider() { return simulator_->provider(); }
  provider_simulator::Counters counters() { return provider().counters(); }

  // How the provider treats refresh tokens, and what the broker is told of that.
  void SetRotation(provider_simulator::Rotation rotation);
  void SetTokenLifetime(absl::Duration lifetime);
  // How long before its expiry a token is refreshed.
  void SetMargin(absl::Duration margin);
  // Further keys of the provider in the configuration, as YAML lines.
  void AddProviderYaml(const std::string& yaml) { provider_yaml_ += yaml; }

  // Before the replicas are started. `arguments` are redis-server's.
  void StartRedis(std::vector<std::string> arguments = {});
  RedisServer& redis() { return *redis_; }
  std::string redis_uri(int database = 0) const;
  // Where the replicas listen, in the order of their start. Else each has a unix socket.
  void SetListeners(std::vector<std::string> addresses) { listeners_ = std::move(addresses); }
  // Where they spill, and what starts their programs, in that order. Else see Replica.
  void SetSpillFolders(std::vector<std::string> folders) { spill_folders_ = std::move(folders); }
  void SetLaunchers(std::vector<std::vector<std::string>> all) { launchers_ = std::move(all); }
  // Further keys of the whole file.
  void AddYaml(const std::string& yaml) { yaml_ += yaml; }
  // Further lines of `server:`.
  void AddServerYaml(const std::string& yaml) { server_yaml_ += yaml; }
  // Of replicas that are added from now on.
  void SetTransport(Replica::Server::Transport transport) { transport_ = transport; }
  void SetPolicy(const std::string& yaml) { policy_ = yaml; }
  void SetMinReplicaAcks(int acks) { min_replica_acks_ = acks; }
  // Where records are looked for; else in redis().
  void SetServers(std::vector<RedisServer*> servers) { servers_ = std::move(servers); }

  // Over redis(), which is started when it was not.
  void StartReplicas(int count);
  void StartReplicas(int count, const std::string& uri);
  // `store_yaml`: further keys of the store's configuration.
  Replica& AddReplica(const std::string& uri, Replica::Missing missing = Replica::Missing::kCreate,
                      const std::string& store_yaml = "");
  // What their records are sealed with.
  std::string keyring_file() const { return folder_.Path("keyring"); }
  // What they say to the provider.
  std::string client_secret_file() const { return folder_.Path("client_secret"); }
  // Issues the certificates of all of them.
  const TestAuthority& authority() const { return authority_; }
  Replica& replica(size_t i) { return *replicas_[i]; }
  std::vector<Replica*> replicas();

  // A whole login of a user of the provider's own, whose name is the subject.
  v1::ExchangeCodeResponse LogIn(const std::string& subject, size_t at = 0);
  // Adds a key to the keyring that all of them read.
  void AddKey();
  // As many, at all replicas in turn.
  std::vector<std::string> LogInMany(int count);
  // The callback that the user's browser comes back with.
  std::string Callback(const std::string& subject, size_t at = 0);

  Outcome<v1::GetFreshTokenResponse> GetToken(const std::string& subject, size_t at = 0,
                                              absl::Duration deadline = absl::Seconds(30));
  // Its token may not answer when less than `min_ttl` of it is left.
  Outcome<v1::GetFreshTokenResponse> GetTokenGoodFor(const std::string& subject,
                                                     absl::Duration min_ttl, size_t at = 0,
                                                     absl::Duration deadline = absl::Seconds(30));
  // Until it is answered with a token of a higher generation.
  bool MovesBeyond(int64_t generation, const std::string& subject, size_t at = 0,
                   absl::Duration patience = absl::Seconds(30));
  v1::Grant GetGrant(const std::string& subject, size_t at = 0);
  // The family of the subject's last login.
  provider_simulator::GrantView FamilyOf(const std::string& subject);
  // The field of the subject's record in Redis; empty when there is none.
  std::string RecordField(const std::string& subject, const std::string& field);

 private:
  std::string ProvidersYaml();
  std::string FieldAt(RedisServer& server, const std::string& subject, const std::string& field);

  TempFolder folder_;
  TestAuthority authority_;
  std::unique_ptr<provider_simulator::Simulator> simulator_;
  std::string rotation_yaml_ = "single_use";
  std::string margin_yaml_;
  std::string provider_yaml_;
  std::string server_yaml_;
  std::string yaml_;
  std::vector<std::string> listeners_;
  std::vector<std::string> spill_folders_;
  std::vector<std::vector<std::string>> launchers_;
  Replica::Server::Transport transport_ = Replica::Server::Transport::kMutualTls;
  std::string policy_;
  std::unique_ptr<RedisServer> redis_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  int min_replica_acks_ = 0;
  std::vector<RedisServer*> servers_;
  // The Redis keys of the records that were found.
  std::map<std::string, std::string> record_keys_;
};

}  // namespace tokenbroker
