// What the commands on store, spill and keyring work on: a Redis of the test's own, and a broker's
// configuration, keyring and spill folder.
#pragma once

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "client/tbctl/store_command.h"
#include "client/tbctl/store_session.h"
#include "config/keyring_file.h"
#include "crypto/digest.h"
#include "store/redis_store.h"
#include "store/spill_folder.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {

class StoreFixture : public ::testing::Test {
 protected:
  StoreFixture() {
    WriteKeyring({"old", "new"});
    std::filesystem::create_directory(folder_.Path("spill"));
    folder_.Write("secret", "client-secret");
    WriteConfig(absl::StrCat("unix://", server_.unix_path()));
    arguments_.spill_dir = folder_.Path("spill");
  }

  // The last one seals, for a day already; those before it a day each.
  void WriteKeyring(const std::vector<std::string>& ids) {
    std::vector<SealingKey> keys;
    for (size_t i = 0; i < ids.size(); ++i) {
      const absl::Time from = absl::Now() - absl::Hours(24) * static_cast<int>(ids.size() - i);
      keys.push_back({ids[i], Secret(Sha256(ids[i])), from, from});
    }
    std::filesystem::remove(KeyringPath());
    const Keyring keyring = *Keyring::Make(std::move(keys));
    ASSERT_TRUE(WriteKeyringFile(KeyringPath(), keyring, Existing::kRefuse).ok());
  }
  std::string KeyringPath() const { return folder_.Path("ring"); }

  void WriteConfig(const std::string& uri, const std::string& more = "") {
    WriteConfigText(absl::StrCat("  redis:\n    uri: ", uri,
                                 "\n    keyring_file: ring\n    spill_dir: spill\n", more));
  }
  void WriteConfigText(const std::string& store) {
    arguments_.config_file = folder_.Write("config.yaml", absl::StrCat("store:\n", store, R"(
providers:
  music:
    authorization_endpoint: http://127.0.0.1:1/authorize
    token_endpoint: http://127.0.0.1:1/token
    client_id: id
    client_secret_file: secret
    redirect_uris: [ "http://127.0.0.1/callback" ]
)"));
  }

  StoreSurroundings Surroundings() { return {out_, err_, patience_}; }
  ExitCode Store(Arguments::Command command) {
    arguments_.command = command;
    out_.str("");
    err_.str("");
    return StoreCommand(arguments_, Surroundings());
  }
  void InitStore() { ASSERT_EQ(Store(Arguments::Command::kInitStore), ExitCode::kDone) << Err(); }
  std::string Out() const { return out_.str(); }
  std::string Err() const { return err_.str(); }

  static Grant SampleGrant(int64_t generation) {
    Grant grant;
    grant.key = {"default", "music", "user-42"};
    grant.generation = generation;
    grant.refresh_token_generation = generation;
    grant.access_token = Secret(absl::StrCat("access-", generation));
    grant.refresh_token = Secret(absl::StrCat("refresh-", generation));
    grant.token_type = "Bearer";
    grant.client_id = "id";
    grant.issued_at = absl::Now();
    grant.expires_at = absl::Now() + absl::Hours(1);
    grant.refresh_at = absl::Now() + absl::Minutes(50);
    return grant;
  }
  // What a refresh of SampleGrant(parent) brought.
  static CommitRequest SampleCommit(int64_t parent) {
    CommitRequest commit;
    commit.attempt = "0123456789abcdef";
    commit.parent = parent;
    commit.next = parent + 1;
    commit.rotated = Rotated::kYes;
    commit.record = SampleGrant(parent + 1);
    return commit;
  }

  // Runs one call of the store as a broker would.
  template <typename T>
  T AsBroker(std::function<Task<T>(RedisStore*)> call) {
    const Snapshot config = *ReadBrokerConfig(arguments_.config_file);
    const FixedKeyring keyring(*ReadBrokerKeyring(config));
    StoreSession session(config, absl::Seconds(5));
    RedisStore store(session.loop(), session.client(), keyring, session.metrics(), {});
    return session.Run(call(&store));
  }
  PutGrantAnswer Put(PutKind kind, int64_t generation) {
    PutGrantRequest put;
    put.kind = kind;
    put.attempt = absl::StrCat("put-", static_cast<int>(kind), "-", generation);
    put.generation = generation;
    put.not_after = SteadyTime::InfiniteFuture();
    put.record = SampleGrant(generation);
    return AsBroker<PutGrantAnswer>([put](RedisStore* store) { return store->PutGrant(put); });
  }
  LoadAnswer Load() {
    return AsBroker<LoadAnswer>([](RedisStore* store) { return store->Load(SampleGrant(1).key); });
  }

  // Leaves `write` in the spill folder, as a broker that died.
  std::string Spill(const SpilledWrite& write) {
    const FixedKeyring keyring(*ReadBrokerKeyring(*ReadBrokerConfig(arguments_.config_file)));
    const SpillFile file = *ToSpillFile(write, Sealer(keyring), absl::Now());
    folder_.Write("spill/" + file.name, file.bytes);
    return file.name;
  }
  bool IsSpilled(const std::string& name) {
    return std::filesystem::exists(folder_.Path("spill/" + name));
  }

  RedisServer server_{std::vector<std::string>{"--appendonly", "yes"}};
  TempFolder folder_;
  absl::Duration patience_ = absl::Seconds(3);
  Arguments arguments_;
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace tokenbroker::tbctl
