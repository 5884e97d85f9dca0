// One replica of the broker, as a process that is killed, stopped and started again. It serves
// mutual TLS, and its policy knows the player alone, unless it is told otherwise.
#pragma once

#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/broker_client.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"

namespace tokenbroker {

// For the one thread that made it; its client for any. It goes with that thread.
class Replica {
 public:
  // What becomes of an empty Redis at the start.
  enum class Missing { kRefuse, kCreate };

  struct Store {
    std::string uri;
    std::string keyring_file;
    int min_replica_acks = 0;
    Missing missing = Missing::kCreate;
    // Further keys, separated by commas.
    std::string yaml = "";
    // Where it spills; empty: a folder of its own.
    std::string spill_folder = "";
  };
  struct Server {
    // Empty: a unix socket of its own.
    std::string listen;
    // Further lines of `server:`.
    std::string yaml;
    enum class Transport { kMutualTls, kPlaintext };
    Transport transport = Transport::kMutualTls;
    // The policy file; empty: the player's.
    std::string policy = "";
    // What starts its program: a program and its arguments; empty: nothing does.
    std::vector<std::string> launcher = {};
  };
  // `yaml`: the configuration from `providers:` on. Where it listens stays the same over restarts,
  // as its spill folder does. `authority` outlives it and issues its certificate and its client's.
  Replica(const TestAuthority& authority, const Server& server, const Store& store,
          const std::string& yaml);
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // Returns when it listens. REQUIRES: it does not run.
  void Start();
  // SIGKILL.
  void Kill();
  // SIGTERM; the exit code.
  int Terminate();
  // SIGSTOP and SIGCONT.
  void Pause() { process_->Signal(SIGSTOP); }
  void Continue() { process_->Signal(SIGCONT); }

  // A new certificate, and a policy that says what the old one said, in the old ones' places.
  void RenewFiles();

  BrokerClient& client() { return client_; }
  pid_t pid() const { return process_->pid(); }
  const std::string& address() const { return address_; }
  // Waits for a line of its log, past or to come, since it was started.
  std::string WaitForLine(const std::string& text) { return process_->WaitForLine(text); }
  // What its admin listener answers: "200 ..." or another status, and the page.
  std::string AdminPage(const std::string& path);
  // Of all its lives.
  std::string Output() const;
  // How many writes lie in its spill folder.
  int Spilled() const;

 private:
  std::string ServerYaml(const Server& server) const;
  std::string StoreYaml(const Store& store) const;

  TempFolder folder_;
  const TestAuthority& authority_;
  const TestAuthority::Files certificate_;
  const std::string policy_;
  const std::string address_;
  const std::string spill_folder_;
  const std::vector<std::string> launcher_;
  std::string config_file_;
  BrokerClient client_;
  std::unique_ptr<ChildProcess> process_;
  std::string earlier_output_;
};

}  // namespace tokenbroker
