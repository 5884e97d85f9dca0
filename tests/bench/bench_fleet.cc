#include "tests/bench/bench_fleet.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <unistd.h>

#include <filesystem>

#include "tests/integration/caller_credentials.h"

namespace tokenbroker {
namespace {

// Of the provider's name and of both fields' tags.
constexpr size_t kRequestFrame = 7;
constexpr int kOtherRules = 18;
// Everything that a caller of a bench may wait for.
constexpr char kQuotas[] = "  quotas: { waiting_calls: 100000 }\n";

// The caller's rule is the last but one.
std::string TwentyRules(Transport transport) {
  const auto other = [](int i) {
    return absl::StrCat("  - name: team-", i, "\n    callers: [ \"spiffe://prod.example/ns/team-",
                        i,
                        "/sa/*\" ]\n    rpcs: [ \"*\" ]\n    providers: [ sim ]\n"
                        "    subjects: [ \"user-*\" ]\n");
  };
  std::string rules = "rules:\n";
  for (int i = 0; i < kOtherRules; ++i) rules += other(i);
  rules += std::string(kPlayerPolicy).substr(std::string("rules:\n").size());
  rules += other(kOtherRules);
  if (transport == Transport::kMutualTls) return rules;
  return absl::StrReplaceAll(rules, {{kPlayer, "anonymous"}});
}

}  // namespace

BenchFleet::BenchFleet() {
  // What is started from here on begins there.
  PinProcess(getpid(), kDriverProcessor);
  provider().Configure(
      [](auto& settings) { settings.extra_answer_fields["access_token"] = AccessToken(); });
  AddServerYaml(kQuotas);
  // A grant takes nearly twice as much with Redis' own default (docs/runbook.md).
  StartRedis({"--hash-max-listpack-value", "4096"});
  AddYaml("audit: { sink: file, file: \"" + folder_.Path("audit.jsonl") + "\" }\n");
}

Replica& BenchFleet::AddMeasured(Transport transport) {
  const std::vector<Replica*> before = replicas();
  std::vector<std::string> addresses;
  for (const Replica* replica : before) addresses.push_back(replica->address());
  addresses.push_back(absl::StrCat("127.0.0.1:", FreePort()));
  SetListeners(std::move(addresses));
  SetTransport(transport);
  SetPolicy(TwentyRules(transport));
  StartReplicas(1);
  Replica& replica = *replicas().back();
  PinProcess(replica.pid(), kServerProcessor);
  return replica;
}

std::shared_ptr<grpc::ChannelCredentials> BenchFleet::CallerCredentials(Transport transport) const {
  return transport == Transport::kPlaintext ? grpc::InsecureChannelCredentials()
                                            : CredentialsOf(authority(), kPlayer);
}

std::string BenchFleet::Subject(int i) {
  std::string subject = absl::StrCat("user-", i, ".");
  subject.resize(kRequestBytes - kRequestFrame, 'x');
  return subject;
}

std::vector<std::string> BenchFleet::Requests(int begin, int end) {
  std::vector<std::string> requests;
  for (int i = begin; i < end; ++i) {
    requests.push_back(BrokerClient::TokenRequest(Subject(i)).SerializeAsString());
  }
  return requests;
}

void BenchFleet::EmptyAuditTrail() { std::filesystem::resize_file(folder_.Path("audit.jsonl"), 0); }

}  // namespace tokenbroker
