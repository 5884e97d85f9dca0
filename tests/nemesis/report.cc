#include "tests/nemesis/report.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace tokenbroker {
namespace {

using provider_simulator::TokenRequestSeen;

// Of those presented, the last.
constexpr size_t kPresentationsShown = 5;

using Times = std::map<std::string, int>;

void Print(const Times& counted) {
  for (const auto& [what, times] : counted) std::cout << "\n  " << times << " x " << what;
  std::cout << "\n";
}

}  // namespace

void ReportFaults(const std::vector<Incident>& incidents) {
  Times faults;
  for (const Incident& incident : incidents) ++faults[NameOf(incident.fault)];
  std::cout << incidents.size() << " faults";
  Print(faults);
}

void ReportAnswers(const std::vector<const History*>& histories) {
  size_t calls = 0;
  Times errors;
  for (const History* history : histories) {
    calls += history->answers.size();
    for (const Answer& answer : history->answers) {
      if (!answer.ok()) ++errors[answer.error];
    }
  }
  std::cout << calls << " calls";
  Print(errors);
}

void ReportWatches(const std::vector<const History*>& histories) {
  size_t watches = 0;
  int64_t tokens = 0;
  Times others;
  for (const History* history : histories) {
    watches += history->watches.size();
    for (const Watch& watch : history->watches) {
      for (const WatchMessage& message : watch.messages) {
        message.is_token() ? ++tokens : ++others["was told " + message.state];
      }
      if (!watch.error.empty()) ++others["ended with " + watch.error];
    }
  }
  std::cout << watches << " watches were told " << tokens << " tokens";
  Print(others);
}

void ReportEvents(const std::vector<Replica*>& replicas) {
  Times events;
  for (const Replica* replica : replicas) {
    std::istringstream lines(replica->Output());
    for (std::string line; std::getline(lines, line);) {
      if (const std::string event = LogFieldOf(line, "event"); !event.empty()) ++events[event];
    }
  }
  std::cout << "what the replicas logged";
  Print(events);
}

void ShowLost(const History& history, size_t most) {
  size_t shown = 0;
  for (const GrantEnd& grant : history.ends) {
    if (grant.error.empty() || ++shown > most) continue;
    std::cout << grant.subject << " ended with " << grant.error << "\n";
    const std::string& account = history.accounts.at(grant.subject);
    std::set<std::string> tokens;
    for (const TokenRequestSeen& seen : history.provider) {
      if (seen.account_id == account) tokens.insert(seen.refresh_token);
    }
    std::vector<const TokenRequestSeen*> presented;
    for (const TokenRequestSeen& seen : history.provider) {
      if (tokens.contains(seen.presented)) presented.push_back(&seen);
    }
    const size_t skipped = presented.size() - std::min(presented.size(), kPresentationsShown);
    for (size_t i = skipped; i < presented.size(); ++i) {
      std::cout << "  " << absl::FormatTime(presented[i]->begun) << " presented "
                << presented[i]->presented << ", given " << presented[i]->refresh_token << "\n";
    }
  }
}

}  // namespace tokenbroker
