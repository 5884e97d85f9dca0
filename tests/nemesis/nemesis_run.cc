// A fleet, its callers and a nemesis, for SECONDS by SEED: what was done, what was seen, and how
// many promises were broken. The exit code is 0 when none was.
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "tests/chaos/fleet.h"
#include "tests/nemesis/callers.h"
#include "tests/nemesis/checker.h"
#include "tests/nemesis/nemesis.h"
#include "tests/nemesis/own_namespaces.h"
#include "tests/nemesis/report.h"
#include "tests/nemesis/strict_provider.h"
#include "tests/nemesis/watchers.h"

namespace tokenbroker {
namespace {

using provider_simulator::GrantView;
using provider_simulator::Rotation;

constexpr int kReplicas = 4;
constexpr int kGrants = 1000;
// Of the provider that is a program of its own: what it does is slow.
constexpr int kStrictGrants = 20;
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
    AddYaml(strict_.Yaml("3s", "15s"));
    SetMinReplicaAcks(redis_->min_replica_acks());
    SetSpillFolders(surroundings_.spill_folders());
    SetLaunchers(surroundings_.launchers());
    surroundings_.SetPorts(redis_->ports(),
                           {PortOf(provider().issuer()), PortOf(strict_.issuer())});
    StartReplicas(kReplicas, redis_->uri());
    provider().StartHistory();
    for (const std::string& subject : LogInMany(kGrants)) {
      grants_.push_back({"sim", subject});
      history_.accounts[subject] = "account-" + subject;
    }
    for (int i = 0; i < kStrictGrants; ++i) {
      const std::string subject = absl::StrCat("strict-", i);
      LogInAtStrict(subject);
      grants_.push_back({"oidc", subject});
      strict_history_.accounts[subject] = subject;
    }
    std::cout << "seed " << seed_ << ": " << kReplicas << " replicas over "
              << (seed_ % 2 == 0 ? "a lone Redis" : "Redis under sentinels") << ", " << kGrants
              << " grants that rotate " << NameOf(RotationOf(seed_)) << ", " << kStrictGrants
              << " of oidc-provider, " << length_ << "\n";
  }

  void LogInAtStrict(const std::string& subject) {
    BrokerClient& broker = replica(0).client();
    v1::BuildLoginUriRequest request;
    request.set_provider("oidc");
    request.set_subject(subject);
    const auto built = broker.BuildLoginUri(request);
    ASSERT_TRUE(built.ok()) << built.error.reason;
    const auto exchanged =
        broker.ExchangeCallback(StrictProvider::Approve(built.response.login_uri(), subject));
    ASSERT_TRUE(exchanged.ok()) << exchanged.error.reason << exchanged.status.error_message();
  }

  void Run() {
    Callers callers(replicas(), grants_, seed_);
    Watchers watchers(replicas(), grants_, seed_);
    Nemesis nemesis({replicas(), *redis_, provider(), surroundings_, client_secret_file(),
                     [this] { AddKey(); }},
                    seed_);
    nemesis.RunUntil(absl::Now() + length_);
    StopEvent never;
    never.StoppedWithin(kTokenLife);
    for (Watch& watch : watchers.Stop()) Of(watch.subject).watches.push_back(std::move(watch));
    for (Answer& answer : callers.Stop()) Of(answer.subject).answers.push_back(std::move(answer));
    history_.incidents = nemesis.incidents();
    FindEnds();
    AddFailoversByThemselves();
    history_.rotation = RotationOf(seed_);
    history_.provider = provider().history();
    strict_history_.rotation = Rotation::kSingleUse;
    strict_history_.provider = strict_.history();
    // What is done to the one provider is no excuse at the other.
    std::copy_if(history_.incidents.begin(), history_.incidents.end(),
                 std::back_inserter(strict_history_.incidents),
                 [](const Incident& incident) { return !IsOfProvider(incident.fault); });
    for (History* history : {&history_, &strict_history_}) history->token_life = kTokenLife;
  }

  // By whose provider a subject is one of.
  History& Of(const std::string& subject) {
    return strict_history_.accounts.contains(subject) ? strict_history_ : history_;
  }

  void FindEnds() {
    std::map<std::string, std::string> errors;
    std::vector<GrantName> undecided = grants_;
    for (const GrantName& grant : grants_) errors[grant.subject] = "nobody had time to ask";
    const absl::Time end = absl::Now() + kPatience;
    const auto decided = [&](const GrantName& grant) {
      if (absl::Now() >= end) return false;
      std::string& error = errors[grant.subject];
      error = AskForToken(replica(0), 0, grant).error;
      return error.empty() || error == "REAUTHORIZATION_REQUIRED";
    };
    while (!undecided.empty() && absl::Now() < end) {
      undecided.erase(std::remove_if(undecided.begin(), undecided.end(), decided), undecided.end());
    }
    std::set<std::string> standing;
    for (const GrantView& grant : provider().grants()) {
      if (grant.revoked_because.empty()) standing.insert(grant.user);
    }
    const std::set<std::string> revoked = strict_.revoked();
    for (const auto& [subject, account] : strict_history_.accounts) {
      if (!revoked.contains(account)) standing.insert(subject);
    }
    for (const auto& [subject, error] : errors) {
      Of(subject).ends.push_back({subject, error, standing.contains(subject)});
    }
  }

  std::vector<const History*> histories() const { return {&history_, &strict_history_}; }

  void Report() {
    ReportFaults(history_.incidents);
    ReportAnswers(histories());
    ReportWatches(histories());
    ReportEvents(replicas());
    Verdict verdict = Check(history_);
    const Verdict strict = Check(strict_history_);
    verdict.explained_losses += strict.explained_losses;
    verdict.explained_overlaps += strict.explained_overlaps;
    verdict.violations.insert(verdict.violations.end(), strict.violations.begin(),
                              strict.violations.end());
    const auto strict_refreshes =
        std::count_if(strict_history_.provider.begin(), strict_history_.provider.end(),
                      [](const auto& seen) { return seen.accepted && !seen.presented.empty(); });
    std::cout << counters().Refreshes() << " refreshes, " << counters().families_revoked_by_reuse
              << " grants ended by a reuse; at oidc-provider " << strict_refreshes << " and "
              << strict_.revoked().size() << "\n"
              << verdict.explained_losses << " grants lost and " << verdict.explained_overlaps
              << " overlapping presentations, as the schedule explains\n";
    for (const History* history : histories()) ShowLost(*history, kShown);
    for (size_t i = 0; i < verdict.violations.size() && i < kShown; ++i) {
      std::cout << verdict.violations[i] << "\n";
    }
    violations = verdict.violations.size();
    if (violations > 0) KeepLogs();
    EXPECT_EQ(violations, 0u);
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

  void KeepLogs() {
    for (size_t i = 0; i < replicas().size(); ++i) {
      const std::string path = absl::StrCat("nemesis-", seed_, "-replica-", i, ".log");
      std::ofstream(path) << replica(i).Output();
      std::cout << "the log of replica " << i << ": " << path << "\n";
    }
  }

  const uint64_t seed_ = NumberIn("SEED", 1);
  const absl::Duration length_ = absl::Seconds(NumberIn("DURATION", 600));
  std::unique_ptr<RedisSetup> redis_;
  Surroundings surroundings_{namespaces, kReplicas};
  StrictProvider strict_{kTokenLife};
  std::vector<GrantName> grants_;
  // Of the simulator's grants, and of oidc-provider's.
  History history_;
  History strict_history_;
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
