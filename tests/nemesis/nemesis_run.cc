// A fleet, its callers and a nemesis, for SECONDS by SEED: what was done, what was seen, and how
// many promises were broken. The exit code is 0 when none was.
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "tests/chaos/fleet.h"
#include "tests/nemesis/callers.h"
#include "tests/nemesis/checker.h"
#include "tests/nemesis/nemesis.h"
#include "tests/nemesis/own_namespaces.h"
#include "tests/nemesis/watchers.h"

namespace tokenbroker {
namespace {

using provider_simulator::GrantView;
using provider_simulator::Rotation;
using provider_simulator::TokenRequestSeen;

constexpr int kReplicas = 4;
constexpr int kGrants = 1000;
constexpr absl::Duration kTokenLife = absl::Seconds(30);
// Until everything has an end once all is well: a token, and the patience after a lost answer.
constexpr absl::Duration kPatience = absl::Minutes(2);

// From when a server is silent until another one is the primary.
constexpr absl::Duration kToFailOver = absl::Seconds(5);

// Of the violations, and of the grants that were lost.
constexpr size_t kShown = 20;

size_t violations = 1;
auto namespaces = Surroundings::Namespaces::kShared;

uint64_t NumberIn(const char* name, uint64_t otherwise) {
  const char* text = getenv(name);
  uint64_t number = otherwise;
  if (text != nullptr && *text != '\0' && !absl::SimpleAtoi(text, &number)) {
    ADD_FAILURE() << name << " is no number: " << text;
  }
  return number;
}

// The seed chooses all of it.
Rotation RotationOf(uint64_t seed) {
  constexpr Rotation kRotations[] = {Rotation::kSingleUse, Rotation::kGrace, Rotation::kNone};
  return kRotations[seed / 2 % 3];
}
const char* NameOf(Rotation rotation) {
  return rotation == Rotation::kSingleUse ? "single_use"
         : rotation == Rotation::kGrace   ? "grace"
                                          : "none";
}

int PortOf(const std::string& issuer) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(issuer.substr(issuer.rfind(':') + 1), &port)) << issuer;
  return port;
}

class NemesisRun : public FleetTest {
 protected:
  void StartFleet() {
    redis_ = seed_ % 2 == 0 ? LoneRedis() : RedisUnderSentinels();
    SetRotation(RotationOf(seed_));
    SetTokenLifetime(kTokenLife);
    SetMargin(kTokenLife / 2);
    AddProviderYaml("    request_timeout: 3s\n");
    SetMinReplicaAcks(redis_->min_replica_acks());
    SetSpillFolders(surroundings_.spill_folders());
    SetLaunchers(surroundings_.launchers());
    surroundings_.SetPorts(redis_->ports(), PortOf(provider().issuer()));
    StartReplicas(kReplicas, redis_->uri());
    provider().StartHistory();
    subjects_ = LogInMany(kGrants);
    std::cout << "seed " << seed_ << ": " << kReplicas << " replicas over "
              << (seed_ % 2 == 0 ? "a lone Redis" : "Redis under sentinels") << ", " << kGrants
              << " grants that rotate " << NameOf(RotationOf(seed_)) << ", " << length_ << "\n";
  }

  void Run() {
    Callers callers(replicas(), subjects_, seed_);
    Watchers watchers(replicas(), subjects_, seed_);
    Nemesis nemesis({replicas(), *redis_, provider(), surroundings_, client_secret_file(),
                     [this] { AddKey(); }},
                    seed_);
    nemesis.RunUntil(absl::Now() + length_);
    StopEvent never;
    never.StoppedWithin(kTokenLife);
    history_.watches = watchers.Stop();
    history_.answers = callers.Stop();
    history_.incidents = nemesis.incidents();
    FindEnds();
    AddFailoversByThemselves();
    history_.rotation = RotationOf(seed_);
    history_.token_life = kTokenLife;
    history_.provider = provider().history();
    for (const std::string& subject : subjects_) history_.accounts[subject] = "account-" + subject;
  }

  void FindEnds() {
    std::set<std::string> standing;
    std::map<std::string, std::string> undecided;
    for (const std::string& subject : subjects_) undecided[subject] = "nobody had time to ask";
    const absl::Time end = absl::Now() + kPatience;
    while (!undecided.empty() && absl::Now() < end) {
      for (auto it = undecided.begin(); it != undecided.end() && absl::Now() < end;) {
        it->second = AskForToken(replica(0), 0, it->first).error;
        const bool decided = it->second.empty() || it->second == "REAUTHORIZATION_REQUIRED";
        if (decided) history_.ends.push_back({it->first, it->second});
        it = decided ? undecided.erase(it) : std::next(it);
      }
    }
    for (const auto& [subject, error] : undecided) history_.ends.push_back({subject, error});
    for (const GrantView& grant : provider().grants()) {
      if (grant.revoked_because.empty()) standing.insert(grant.user);
    }
    for (GrantEnd& grant : history_.ends) grant.stands = standing.contains(grant.subject);
  }

  void Report() {
    std::map<std::string, int> faults;
    for (const Incident& incident : history_.incidents) ++faults[NameOf(incident.fault)];
    std::cout << history_.incidents.size() << " faults";
    for (const auto& [name, times] : faults) std::cout << "\n  " << times << " x " << name;
    std::map<std::string, int> errors;
    for (const Answer& answer : history_.answers) {
      if (!answer.ok()) ++errors[answer.error];
    }
    std::cout << "\n" << history_.answers.size() << " calls";
    for (const auto& [error, times] : errors) std::cout << "\n  " << times << " x " << error;
    ReportWatches();
    ReportEvents();
    const Verdict verdict = Check(history_);
    std::cout << "\n"
              << counters().Refreshes() << " refreshes, " << counters().families_revoked_by_reuse
              << " grants ended by a reuse\n"
              << verdict.explained_losses << " grants lost and " << verdict.explained_overlaps
              << " overlapping presentations, as the schedule explains\n";
    ShowLost();
    for (size_t i = 0; i < verdict.violations.size() && i < kShown; ++i) {
      std::cout << verdict.violations[i] << "\n";
    }
    violations = verdict.violations.size();
    if (violations > 0) KeepLogs();
    EXPECT_EQ(violations, 0u);
  }

  void ReportWatches() {
    int64_t tokens = 0;
    std::map<std::string, int> others;
    for (const Watch& watch : history_.watches) {
      for (const WatchMessage& message : watch.messages) {
        message.is_token() ? ++tokens : ++others["was told " + message.state];
      }
      if (!watch.error.empty()) ++others["ended with " + watch.error];
    }
    std::cout << "\n" << history_.watches.size() << " watches were told " << tokens << " tokens";
    for (const auto& [what, times] : others) std::cout << "\n  " << times << " x " << what;
  }

  // A machine that is too busy looks to sentinels like a server that is down.
  void AddFailoversByThemselves() {
    for (const absl::Time time : redis_->failovers()) {
      const absl::Time begun = time - kToFailOver;
      const bool ordered =
          std::any_of(history_.incidents.begin(), history_.incidents.end(), [&](const auto& other) {
            return IsOfRedis(other.fault) && other.begun <= time && other.ended >= begun;
          });
      if (!ordered) history_.incidents.push_back({Fault::kRedisFailedOverByItself, begun, time});
    }
  }

  // What of all that the replicas noticed.
  void ReportEvents() {
    std::map<std::string, int> events;
    for (Replica* replica : replicas()) {
      std::istringstream lines(replica->Output());
      for (std::string line; std::getline(lines, line);) {
        if (const std::string event = LogFieldOf(line, "event"); !event.empty()) ++events[event];
      }
    }
    std::cout << "\nwhat the replicas logged";
    for (const auto& [event, times] : events) std::cout << "\n  " << times << " x " << event;
  }

  void KeepLogs() {
    for (size_t i = 0; i < replicas().size(); ++i) {
      const std::string path = absl::StrCat("nemesis-", seed_, "-replica-", i, ".log");
      std::ofstream(path) << replica(i).Output();
      std::cout << "the log of replica " << i << ": " << path << "\n";
    }
  }

  // How each grant that was lost came to its end.
  void ShowLost() {
    size_t shown = 0;
    for (const GrantEnd& grant : history_.ends) {
      if (grant.error.empty() || ++shown > kShown) continue;
      std::cout << grant.subject << " ended with " << grant.error << "\n";
      std::set<std::string> tokens;
      for (const TokenRequestSeen& seen : history_.provider) {
        if (seen.account_id == history_.accounts.at(grant.subject))
          tokens.insert(seen.refresh_token);
      }
      std::vector<const TokenRequestSeen*> presented;
      for (const TokenRequestSeen& seen : history_.provider) {
        if (tokens.contains(seen.presented)) presented.push_back(&seen);
      }
      const size_t skipped = presented.size() - std::min<size_t>(presented.size(), 5);
      for (size_t i = skipped; i < presented.size(); ++i) {
        std::cout << "  " << absl::FormatTime(presented[i]->begun) << " presented "
                  << presented[i]->presented << ", given " << presented[i]->refresh_token << "\n";
      }
    }
  }

  const uint64_t seed_ = NumberIn("SEED", 1);
  const absl::Duration length_ = absl::Seconds(NumberIn("DURATION", 600));
  std::unique_ptr<RedisSetup> redis_;
  Surroundings surroundings_{namespaces, kReplicas};
  std::vector<std::string> subjects_;
  History history_;
};

TEST_F(NemesisRun, BreaksNoPromise) {
  StartFleet();
  Run();
  Report();
}

}  // namespace
}  // namespace tokenbroker

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (tokenbroker::EnterOwnNamespaces()) {
    tokenbroker::namespaces = tokenbroker::Surroundings::Namespaces::kOwn;
  } else {
    std::cout << "not tried, for want of rights: a full disk, packets that are lost\n";
  }
  const int code = RUN_ALL_TESTS();
  std::cout << "violations: " << tokenbroker::violations << std::endl;
  return code;
}
