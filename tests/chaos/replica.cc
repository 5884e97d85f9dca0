#include "tests/chaos/replica.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/integration/caller_credentials.h"

namespace tokenbroker {
namespace {

// "localhost" is what callers of a unix socket expect to find there.
constexpr char kNames[] =
    "DNS:localhost,DNS:token-broker.test,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3";

}  // namespace

Replica::Replica(const TestAuthority& authority, const Server& server, const Store& store,
                 const std::string& yaml)
    : authority_(authority),
      certificate_(authority.Issue(kNames)),
      policy_(server.policy.empty() ? kPlayerPolicy : server.policy),
      address_(server.listen.empty() ? "unix:" + folder_.Path("grpc.sock") : server.listen),
      spill_folder_(store.spill_folder.empty() ? folder_.Path("spill") : store.spill_folder),
      launcher_(server.launcher),
      client_(address_, server.transport == Server::Transport::kPlaintext
                            ? grpc::InsecureChannelCredentials()
                            : CredentialsOf(authority, kPlayer)) {
  if (store.spill_folder.empty()) {
    EXPECT_EQ(mkdir(spill_folder_.c_str(), 0700), 0);
  }
  folder_.Write("policy.yaml", policy_);
  config_file_ = folder_.Write("config.yaml", ServerYaml(server) + StoreYaml(store) + yaml);
}

std::string Replica::ServerYaml(const Server& server) const {
  std::string tls;
  if (server.transport == Server::Transport::kMutualTls) {
    tls = "  tls: { certificate_file: \"" + certificate_.certificate + "\", key_file: \"" +
          certificate_.key + "\", client_ca_file: \"" + authority_.ca_file() + "\" }\n";
  }
  return "server:\n"
         "  listen: \"" +
         address_ + "\"\n" + server.yaml + "  drain_timeout: 20s\n" + tls +
         "admin: { listen: \"127.0.0.1:0\" }\n"
         "policy_file: policy.yaml\n";
}

std::string Replica::StoreYaml(const Store& store) const {
  return "store: { redis: { uri: \"" + store.uri + "\", keyring_file: \"" + store.keyring_file +
         "\", spill_dir: \"" + spill_folder_ +
         "\", min_replica_acks: " + std::to_string(store.min_replica_acks) +
         ", create: " + (store.missing == Missing::kCreate ? "true" : "false") +
         (store.yaml.empty() ? "" : ", " + store.yaml) + " } }\n";
}

void Replica::Start() {
  if (process_ != nullptr) earlier_output_ += process_->Output() + "-- started again\n";
  // It ends with the test, also when that crashes.
  std::vector<std::string> words = launcher_;
  words.insert(words.end(), {"/usr/bin/setpriv", "--pdeathsig", "KILL", TOKEN_BROKER_PROGRAM,
                             "--config", config_file_});
  process_ = std::make_unique<ChildProcess>(std::move(words));
  EXPECT_FALSE(process_->WaitForLine("\"name\":\"grpc\"").empty()) << process_->Output();
}

void Replica::RenewFiles() {
  const TestAuthority::Files fresh = authority_.Issue(kNames);
  std::filesystem::rename(fresh.key, certificate_.key);
  std::filesystem::rename(fresh.certificate, certificate_.certificate);
  const std::string policy = folder_.Write("policy.new", policy_ + "# renewed\n");
  std::filesystem::rename(policy, folder_.Path("policy.yaml"));
}

void Replica::Kill() { process_->Stop(SIGKILL); }

int Replica::Terminate() { return process_->Stop(SIGTERM); }

std::string Replica::AdminPage(const std::string& path) {
  const std::string address = LogFieldOf(WaitForLine("\"name\":\"admin\""), "address");
  ChildProcess curl({"/usr/bin/curl", "--silent", "--show-error", "--write-out", "%{http_code}\n",
                     "http://" + address + path});
  EXPECT_EQ(curl.Wait(), 0) << curl.Output();
  // The status comes last.
  const std::string output = curl.Output();
  const size_t status = output.rfind('\n', output.size() - 2) + 1;
  return output.substr(status, 3) + " " + output.substr(0, status);
}

std::string Replica::Output() const {
  return process_ == nullptr ? earlier_output_ : earlier_output_ + process_->Output();
}

int Replica::Spilled() const {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(spill_folder_)) {
    const std::filesystem::path ending = entry.path().extension();
    if (ending == ".commit" || ending == ".exchange") ++files;
  }
  return files;
}

}  // namespace tokenbroker
