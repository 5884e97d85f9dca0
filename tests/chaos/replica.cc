#include "tests/chaos/replica.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

namespace tokenbroker {

Replica::Replica(const Store& store, const std::string& yaml) : client_(address()) {
  EXPECT_EQ(mkdir(folder_.Path("spill").c_str(), 0700), 0);
  config_file_ = folder_.Write(
      "config.yaml", "server: { listen: \"" + address() +
                         "\", drain_timeout: 20s }\n"
                         "admin: { listen: \"127.0.0.1:0\" }\n"
                         "store: { redis: { uri: \"" +
                         store.uri + "\", keyring_file: \"" + store.keyring_file +
                         "\", spill_dir: \"" + folder_.Path("spill") +
                         "\", min_replica_acks: " + std::to_string(store.min_replica_acks) +
                         ", create: " + (store.missing == Missing::kCreate ? "true" : "false") +
                         (store.yaml.empty() ? "" : ", " + store.yaml) + " } }\n" + yaml);
}

void Replica::Start() {
  if (process_ != nullptr) earlier_output_ += process_->Output() + "-- started again\n";
  // It ends with the test, also when that crashes.
  process_ = std::make_unique<ChildProcess>(std::vector<std::string>{
      "/usr/bin/setpriv", "--pdeathsig", "KILL", TOKEN_BROKER_PROGRAM, "--config", config_file_});
  EXPECT_FALSE(process_->WaitForLine("\"name\":\"grpc\"").empty()) << process_->Output();
}

void Replica::Kill() { process_->Stop(SIGKILL); }

int Replica::Terminate() { return process_->Stop(SIGTERM); }

std::string Replica::Output() const {
  return process_ == nullptr ? earlier_output_ : earlier_output_ + process_->Output();
}

int Replica::Spilled() const {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.Path("spill"))) {
    const std::filesystem::path ending = entry.path().extension();
    if (ending == ".commit" || ending == ".exchange") ++files;
  }
  return files;
}

}  // namespace tokenbroker
