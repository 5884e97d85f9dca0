#include "tests/nemesis/watch_checker.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/nemesis/schedule.h"

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;
using provider_simulator::TokenRequestSeen;

// Until what a caller was answered has reached everybody who watches.
constexpr absl::Duration kToHear = absl::Seconds(5);

class WatchChecker {
 public:
  explicit WatchChecker(const History& history) : history_(history), schedule_(history.incidents) {
    for (const TokenRequestSeen& seen : history.provider) {
      if (seen.accepted) issued_[seen.access_token] = &seen;
    }
    for (const Answer& answer : history.answers) {
      if (answer.ok()) answers_[answer.subject].push_back(&answer);
    }
    for (const GrantEnd& end : history.ends) {
      if (!end.error.empty()) ended_.insert(end.subject);
    }
  }

  std::vector<std::string> Run() {
    for (const Watch& watch : history_.watches) {
      watch_ = &watch;
      for (const WatchMessage& message : watch.messages) {
        message.is_token() ? CheckToken(message) : CheckState(message);
      }
      CheckOrder();
      CheckHeard();
      CheckEnd();
    }
    return std::move(violations_);
  }

 private:
  template <typename... Parts>
  void Violated(absl::Time at, const Parts&... parts) {
    violations_.push_back(absl::StrCat("7: who watched ", watch_->subject, " at replica ",
                                       watch_->replica, " ", parts..., ", at ",
                                       absl::FormatTime(at)));
  }
  bool IsHere(const Incident& incident) const { return incident.replica == watch_->replica; }

  void CheckToken(const WatchMessage& message) {
    const auto issued = issued_.find(message.access_token);
    if (issued == issued_.end()) {
      return Violated(message.at, "was told a token that the provider never gave");
    }
    if (issued->second->account_id != history_.accounts.at(watch_->subject)) {
      return Violated(message.at, "was told a token of ", issued->second->account_id);
    }
    const auto explains = [&](const Incident& i) {
      return (StoodStill(i) || StepsAClock(i)) && IsHere(i);
    };
    if (message.expires <= message.at && !schedule_.Happened(message.at, message.at, explains)) {
      Violated(message.at, "was told a token that had expired at ",
               absl::FormatTime(message.expires));
    }
  }

  void CheckState(const WatchMessage& message) {
    if (absl::StartsWith(message.state, "REAUTHORIZATION_REQUIRED")) {
      if (ended_.contains(watch_->subject)) return;
      return Violated(message.at, "was told to have the user log in again for nothing");
    }
    // A refresh of unknown outcome is waited for, where its token may be used once.
    const bool waits = history_.rotation == Rotation::kSingleUse;
    const absl::Duration patience = waits ? history_.patience : absl::ZeroDuration();
    if (absl::StartsWith(message.state, "ACTIVE") &&
        schedule_.Happened(message.at - patience, message.at, Disturbs)) {
      return;
    }
    if (absl::StartsWith(message.state, "FROZEN") &&
        schedule_.Happened(message.at, message.at, ChangesTheSecret)) {
      return;
    }
    Violated(message.at, "was told ", message.state, ", and nothing was done that could be why");
  }

  void CheckOrder() {
    int64_t newest = watch_->known_generation;
    const WatchMessage* before = nullptr;
    for (const WatchMessage& message : watch_->messages) {
      if (message.is_token()) {
        const bool is_first = before == nullptr;
        if (message.generation <= newest && !(is_first && MayKnowLess(message))) {
          Violated(message.at, "was told the token of generation ", message.generation,
                   " and had that of ", newest);
        }
        newest = message.generation;
      } else {
        if (before != nullptr && before->state == message.state) {
          Violated(message.at, "was told twice ", message.state);
        }
        if (before != nullptr && message.generation < before->generation) {
          Violated(message.at, "was told a state of generation ", message.generation,
                   " after one of ", before->generation);
        }
      }
      before = &message;
    }
  }
  // Whether the store may have been without what the watcher had elsewhere.
  bool MayKnowLess(const WatchMessage& message) const {
    return message.generation < watch_->known_generation &&
           schedule_.Happened(watch_->begun, message.at, AnythingOfTheFleet);
  }

  void CheckHeard() {
    const auto answers = answers_.find(watch_->subject);
    if (answers == answers_.end()) return;
    for (const Answer* answer : answers->second) {
      const absl::Time due = answer->answered + kToHear;
      if (answer->answered < watch_->begun || due > watch_->ended) continue;
      if (NewestBy(due) >= answer->generation) continue;
      const auto explains = [&](const Incident& incident) {
        return AnythingOfTheFleet(incident) &&
               (incident.replica < 0 || IsHere(incident) || incident.replica == answer->replica);
      };
      if (schedule_.Happened(answer->asked, due, explains)) continue;
      return Violated(due, "had heard of generation ", NewestBy(due), ", and a caller of replica ",
                      answer->replica, " was answered with ", answer->generation, " at ",
                      absl::FormatTime(answer->answered));
    }
  }
  int64_t NewestBy(absl::Time time) const {
    int64_t newest = watch_->known_generation;
    for (const WatchMessage& message : watch_->messages) {
      if (message.at <= time) newest = std::max(newest, message.generation);
    }
    return newest;
  }

  void CheckEnd() {
    if (watch_->error.empty()) return;
    const bool cut = watch_->error == "UNAVAILABLE" || watch_->error == "CANCELLED";
    const auto here = [&](const Incident& i) { return (StoodStill(i) || Died(i)) && IsHere(i); };
    if (cut && schedule_.Happened(watch_->ended, watch_->ended, here)) return;
    Violated(watch_->ended, "was left with ", watch_->error,
             ", and nothing was done that could be why");
  }

  const History& history_;
  const Schedule schedule_;
  // By access token; by subject.
  std::map<std::string, const TokenRequestSeen*> issued_;
  std::map<std::string, std::vector<const Answer*>> answers_;
  // Subjects that have no token in the end.
  std::set<std::string> ended_;
  const Watch* watch_ = nullptr;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<std::string> ViolationsOfWatches(const History& history) {
  return WatchChecker(history).Run();
}

}  // namespace tokenbroker
