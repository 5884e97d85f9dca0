#include "tests/nemesis/checker.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "tests/nemesis/schedule.h"
#include "tests/nemesis/watch_checker.h"

namespace tokenbroker {
namespace {

using provider_simulator::Rotation;
using provider_simulator::TokenRequestSeen;

// How long the fleet may take, after one trouble and before the next, to come back to a grant: a
// store settles for six seconds, a lease ends after as many, and others are due as well.
constexpr absl::Duration kToCatchUp = absl::Seconds(15);

class Checker {
 public:
  explicit Checker(const History& history) : history_(history), schedule_(history.incidents) {
    for (const TokenRequestSeen& seen : history.provider) {
      if (seen.accepted) issued_[seen.access_token] = &seen;
      if (!seen.presented.empty()) presented_[seen.presented].push_back(&seen);
    }
    for (const Answer& answer : history.answers) {
      if (answer.ok()) by_subject_[answer.subject].push_back(&answer);
    }
  }

  Verdict Run() {
    for (const auto& [token, requests] : presented_) CheckOneAtATime(requests);
    for (const auto& [token, requests] : presented_) CheckNotAfterItsSuccessor(requests);
    for (const auto& [subject, answers] : by_subject_) {
      for (const Answer* answer : answers) CheckToken(*answer);
      CheckGenerations(answers);
    }
    for (const GrantEnd& end : history_.ends) CheckEnd(end);
    for (const Answer& answer : history_.answers) {
      if (!answer.ok()) CheckError(answer);
    }
    return std::move(verdict_);
  }

 private:
  using Requests = std::vector<const TokenRequestSeen*>;
  using Answers = std::vector<const Answer*>;

  template <typename... Parts>
  void Violated(const Parts&... parts) {
    verdict_.violations.push_back(absl::StrCat(parts...));
  }

  void CheckOneAtATime(const Requests& requests) {
    for (size_t i = 1; i < requests.size(); ++i) {
      const TokenRequestSeen& one = *requests[i - 1];
      const TokenRequestSeen& other = *requests[i];
      if (other.begun >= one.ended) continue;
      const bool strict = history_.rotation == Rotation::kSingleUse;
      if (schedule_.Happened(one.begun, other.begun, strict ? StoodStill : MayLoseALease)) {
        ++verdict_.explained_overlaps;
      } else {
        Violated("1: ", one.presented, " was presented twice at once, at ",
                 absl::FormatTime(one.begun), " and ", absl::FormatTime(other.begun));
      }
    }
  }

  // When somebody was first answered with what the request gave; never: infinite.
  absl::Time Shown(const TokenRequestSeen& request) {
    if (first_shown_.empty()) {
      for (const Answer& answer : history_.answers) {
        if (!answer.ok()) continue;
        const auto [it, first] = first_shown_.emplace(answer.access_token, answer.answered);
        if (!first) it->second = std::min(it->second, answer.answered);
      }
    }
    const auto it = first_shown_.find(request.access_token);
    return it == first_shown_.end() ? absl::InfiniteFuture() : it->second;
  }

  void CheckNotAfterItsSuccessor(const Requests& requests) {
    for (const TokenRequestSeen* request : requests) {
      if (!request->accepted || request->refresh_token == request->presented) continue;
      const absl::Time shown = Shown(*request);
      for (const TokenRequestSeen* later : requests) {
        if (later->begun <= shown) continue;
        const bool redis = schedule_.Happened(request->begun, later->begun, KeepsFromRedis);
        if (redis && schedule_.Happened(request->begun, later->begun, Died)) continue;
        Violated("2: ", later->presented, " was presented at ", absl::FormatTime(later->begun),
                 ", and somebody had been answered with its successor at ",
                 absl::FormatTime(shown));
      }
    }
  }

  void CheckToken(const Answer& answer) {
    const auto issued = issued_.find(answer.access_token);
    const std::string& account = history_.accounts.at(answer.subject);
    if (issued == issued_.end()) {
      Violated("3: ", answer.subject, " was answered with a token that the provider never gave");
    } else if (issued->second->account_id != account) {
      Violated("3: ", answer.subject, ", who is ", account, ", was answered with a token of ",
               issued->second->account_id);
    }
    if (issued != issued_.end() && HadExpired(answer, issued->second->begun)) {
      Violated("3: ", answer.subject, " was answered at ", absl::FormatTime(answer.answered),
               " with a token that the provider gave at ", absl::FormatTime(issued->second->begun));
    }
    const auto stepped_here = [&](const Incident& incident) {
      return StepsAClock(incident) && incident.replica == answer.replica;
    };
    if (answer.expires <= answer.asked &&
        !schedule_.Happened(answer.asked, answer.answered, stepped_here)) {
      Violated("3: ", answer.subject, " was answered at ", absl::FormatTime(answer.answered),
               " with a token that had expired at ", absl::FormatTime(answer.expires));
    }
  }

  // By the provider's clock. The store counts by that of Redis.
  bool HadExpired(const Answer& answer, absl::Time issued) const {
    return issued + history_.token_life <= answer.asked &&
           !schedule_.Happened(issued, answer.asked, StepsTheClockOfRedis);
  }

  // The newest that was answered before a moment, as the answers come in the order of their asking.
  void CheckGenerations(Answers answers) {
    Answers by_end = answers;
    std::sort(by_end.begin(), by_end.end(),
              [](const Answer* a, const Answer* b) { return a->answered < b->answered; });
    std::sort(answers.begin(), answers.end(),
              [](const Answer* a, const Answer* b) { return a->asked < b->asked; });
    std::map<int, const Answer*> newest_at;
    const Answer* newest = nullptr;
    size_t here = 0;
    size_t everywhere = 0;
    for (const Answer* answer : answers) {
      for (; here < by_end.size() && by_end[here]->answered <= answer->asked; ++here) {
        const Answer*& known = newest_at[by_end[here]->replica];
        if (known == nullptr || by_end[here]->generation > known->generation) {
          known = by_end[here];
        }
      }
      for (; everywhere < by_end.size() && by_end[everywhere]->answered + kSpread <= answer->asked;
           ++everywhere) {
        if (newest == nullptr || by_end[everywhere]->generation > newest->generation) {
          newest = by_end[everywhere];
        }
      }
      const Answer* const before = newest_at[answer->replica];
      if (before != nullptr && before->generation > answer->generation &&
          !schedule_.RestartedBetween(before->asked, answer->answered, answer->replica)) {
        WentBack(*before, *answer, "the same replica");
      } else if (newest != nullptr && newest->generation > answer->generation &&
                 !schedule_.Happened(newest->asked, answer->answered, AnythingOfTheFleet)) {
        WentBack(*newest, *answer, "any replica");
      }
    }
  }
  void WentBack(const Answer& before, const Answer& answer, absl::string_view where) {
    Violated("4: ", answer.subject, " was answered with generation ", answer.generation, " at ",
             absl::FormatTime(answer.answered), " and by ", where, " with ", before.generation,
             " at ", absl::FormatTime(before.answered));
  }

  void CheckEnd(const GrantEnd& end) {
    if (end.error.empty()) return;
    if (end.error != "REAUTHORIZATION_REQUIRED") {
      return Violated("5: ", end.subject, " has no token in the end: ", end.error);
    }
    if (end.stands) return Violated("5: ", end.subject, " ended, and the provider has it still");
    const TokenRequestSeen* const last = LastGivenTo(history_.accounts.at(end.subject));
    if (last != nullptr && !presented_.contains(last->refresh_token) && MayBeInVain(*last)) {
      ++verdict_.explained_losses;
    } else {
      Violated("5: ", end.subject, " ended by a reuse that nothing explains");
    }
  }
  // Whether what was given may have reached nobody, nor what is given for the same token again.
  bool MayBeInVain(const TokenRequestSeen& request) const {
    if (history_.rotation == Rotation::kNone) return false;
    if (!schedule_.Happened(request.begun, request.begun + kAftermath, Disturbs)) return false;
    // The grace is counted by the store, which counts by Redis' clock.
    const absl::Time grace_end = request.begun + history_.rotation_grace;
    if (schedule_.Happened(request.begun, grace_end, StepsTheClockOfRedis)) return true;
    return history_.rotation == Rotation::kSingleUse ||
           schedule_.LongestCalm(request.begun, request.begun + history_.rotation_grace) <
               kToCatchUp;
  }
  const TokenRequestSeen* LastGivenTo(const std::string& account) const {
    const TokenRequestSeen* last = nullptr;
    for (const TokenRequestSeen& seen : history_.provider) {
      if (seen.accepted && seen.account_id == account) last = &seen;
    }
    return last;
  }

  // What may be behind an error.
  static bool Explains(const Incident& incident, const Answer& answer) {
    const std::string& error = answer.error;
    const bool here = incident.replica == answer.replica;
    if (error == "STORE_UNAVAILABLE") return AnythingOfTheFleet(incident);
    if (error == "UNAVAILABLE" || error == "CANCELLED") {
      return here && (StoodStill(incident) || Died(incident));
    }
    if (error == "DEADLINE_EXCEEDED") {
      return IsOfRedis(incident.fault) || IsOfProvider(incident.fault) || here;
    }
    if (error == "PROVIDER_THROTTLED") return IsOfProvider(incident.fault);
    if (error == "PROVIDER_MISCONFIGURED") return ChangesTheSecret(incident);
    // What a provider was asked by a replica that died is not known, either.
    if (error == "PROVIDER_UNAVAILABLE") {
      return KeepsFromProvider(incident) || MayLoseALease(incident);
    }
    return false;
  }

  void CheckError(const Answer& answer) {
    if (answer.error == "REAUTHORIZATION_REQUIRED") return CheckEnded(answer);
    const auto explains = [&](const Incident& incident) { return Explains(incident, answer); };
    if (schedule_.Happened(answer.asked - Patience(answer.error), answer.answered, explains))
      return;
    Violated("6: ", answer.subject, " was refused with ", answer.error, " at ",
             absl::FormatTime(answer.answered), " by replica ", answer.replica,
             ", and nothing was done that could be why");
  }
  // A token that may be used once, and perhaps was, is presented again only when whoever presented
  // it must be gone.
  absl::Duration Patience(const std::string& error) const {
    const bool waits = error == "PROVIDER_UNAVAILABLE" && history_.rotation == Rotation::kSingleUse;
    return waits ? history_.patience : absl::ZeroDuration();
  }
  // It is judged by its end; who was told so must have been told the truth.
  void CheckEnded(const Answer& answer) {
    const auto end = std::find_if(history_.ends.begin(), history_.ends.end(),
                                  [&](const GrantEnd& e) { return e.subject == answer.subject; });
    if (end != history_.ends.end() && end->error == answer.error) return;
    Violated("6: ", answer.subject, " was told to log in again at ",
             absl::FormatTime(answer.answered), " and has a token in the end");
  }

  const History& history_;
  const Schedule schedule_;
  Verdict verdict_;
  // By access token, by presented refresh token, by subject.
  std::map<std::string, const TokenRequestSeen*> issued_;
  std::map<std::string, Requests> presented_;
  std::map<std::string, Answers> by_subject_;
  std::map<std::string, absl::Time> first_shown_;
};

}  // namespace

Verdict Check(const History& history) {
  Verdict verdict = Checker(history).Run();
  for (std::string& violation : ViolationsOfWatches(history)) {
    verdict.violations.push_back(std::move(violation));
  }
  return verdict;
}

}  // namespace tokenbroker
