#include "tests/simulation/plan_text.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace tokenbroker::simulation {
namespace {

using Kind = Happening::Kind;
using Words = std::vector<absl::string_view>;

// In the order of Happening::Kind.
constexpr const char* kKinds[] = {
    "ask",       "complain",       "login",         "login_inheriting", "revoke",     "delete",
    "user_ends", "crash",          "pause",         "store_flaky",      "store_away", "failover",
    "cut",       "provider_flaky", "provider_down", "disk_full",        "lose_call",  "lose_answer",
    "late_call", "late_answer",    "busy_answer",   "keep_token",       "clock_back", "slow_disk"};
static_assert(std::size(kKinds) == static_cast<size_t>(Kind::kSlowDisk) + 1);

constexpr const char* kRotations[] = {"none", "grace", "single_use"};
constexpr Rotation kRotationsInOrder[] = {Rotation::kNone, Rotation::kGrace, Rotation::kSingleUse};

absl::Status Wrong(absl::string_view word) {
  return absl::InvalidArgumentError(absl::StrCat("what is \"", word, "\"?"));
}

bool Takes(absl::string_view word, absl::string_view name, absl::string_view* value) {
  if (!absl::ConsumePrefix(&word, name) || !absl::ConsumePrefix(&word, "=")) return false;
  *value = word;
  return true;
}

bool ParseFlag(absl::string_view word, Plan* plan) {
  bool* flag = nullptr;
  if (word == "refresher") flag = &plan->refresher;
  if (word == "last_successor_only") flag = &plan->last_successor_only;
  if (word == "login_renews") flag = &plan->login_renews;
  if (word == "second_grant_is_new") flag = &plan->second_grant_is_new;
  if (flag == nullptr) return false;
  *flag = true;
  return true;
}

absl::Status ParseManner(absl::string_view word, Plan* plan) {
  absl::string_view value;
  bool good = ParseFlag(word, plan);
  if (Takes(word, "seed", &value)) good = absl::SimpleAtoi(value, &plan->seed);
  if (Takes(word, "life", &value)) good = absl::ParseDuration(value, &plan->token_life);
  if (Takes(word, "grace", &value)) good = absl::ParseDuration(value, &plan->grace);
  if (Takes(word, "troubled", &value)) good = absl::ParseDuration(value, &plan->troubled);
  if (Takes(word, "calm", &value)) good = absl::ParseDuration(value, &plan->calm);
  if (Takes(word, "rotation", &value)) {
    for (size_t i = 0; i < std::size(kRotations); ++i) {
      if (value != kRotations[i]) continue;
      plan->rotation = kRotationsInOrder[i];
      good = true;
    }
  }
  if (Takes(word, "reuse", &value)) {
    plan->reuse_ends_family = value == "ends_family";
    good = plan->reuse_ends_family || value == "refused";
  }
  if (Takes(word, "store", &value)) {
    plan->durable = value == "durable";
    good = plan->durable || value == "lossy";
  }
  return good ? absl::OkStatus() : Wrong(word);
}

absl::Status ParseTrait(absl::string_view word, Happening* event) {
  absl::string_view value;
  bool good = false;
  if (Takes(word, "replica", &value)) {
    good = absl::SimpleAtoi(value, &event->replica) && event->replica < kReplicas;
  }
  if (Takes(word, "grant", &value)) {
    good = absl::SimpleAtoi(value, &event->grant) && event->grant < kGrants;
  }
  if (Takes(word, "for", &value)) good = absl::ParseDuration(value, &event->length);
  if (Takes(word, "call", &value)) {
    event->call = std::string(value);
    good = !value.empty();
  }
  if (Takes(word, "skip", &value)) good = absl::SimpleAtoi(value, &event->skip);
  if (Takes(word, "away", &value)) {
    absl::Duration away;
    good = absl::ParseDuration(value, &away);
    event->away = away;
  }
  if (word == "disk_lost") good = event->disk_lost = true;
  return good ? absl::OkStatus() : Wrong(word);
}

absl::Status ParseEvent(const Words& words, Plan* plan) {
  Happening event;
  event.length = absl::Seconds(5);
  if (words.size() < 2 || !absl::ParseDuration(words[0], &event.at)) return Wrong(words[0]);
  const auto* kind = std::find(std::begin(kKinds), std::end(kKinds), words[1]);
  if (kind == std::end(kKinds)) return Wrong(words[1]);
  event.kind = static_cast<Kind>(kind - std::begin(kKinds));
  const bool loses = event.kind == Kind::kLoseCall || event.kind == Kind::kLoseAnswer;
  if (loses) event.length = absl::ZeroDuration();
  for (size_t i = 2; i < words.size(); ++i) {
    const absl::Status parsed = ParseTrait(words[i], &event);
    if (!parsed.ok()) return parsed;
  }
  plan->events.push_back(std::move(event));
  return absl::OkStatus();
}

absl::Status ParseLine(const Words& words, bool first, Plan* plan) {
  if (!first) return ParseEvent(words, plan);
  for (const absl::string_view word : words) {
    const absl::Status parsed = ParseManner(word, plan);
    if (!parsed.ok()) return parsed;
  }
  return absl::OkStatus();
}

}  // namespace

std::string EventText(const Happening& event) {
  std::string text =
      absl::StrCat(absl::FormatDuration(event.at), " ", kKinds[static_cast<size_t>(event.kind)],
                   " replica=", event.replica, " grant=", event.grant,
                   " for=", absl::FormatDuration(event.length));
  if (event.disk_lost) absl::StrAppend(&text, " disk_lost");
  if (!event.call.empty()) absl::StrAppend(&text, " call=", event.call);
  if (event.skip > 0) absl::StrAppend(&text, " skip=", event.skip);
  if (event.away) absl::StrAppend(&text, " away=", absl::FormatDuration(*event.away));
  return text;
}

std::string PlanText(const Plan& plan) {
  const auto* rotation =
      std::find(std::begin(kRotationsInOrder), std::end(kRotationsInOrder), plan.rotation);
  return absl::StrCat(
      "seed=", plan.seed, " rotation=", kRotations[rotation - std::begin(kRotationsInOrder)],
      " grace=", absl::FormatDuration(plan.grace),
      " reuse=", plan.reuse_ends_family ? "ends_family" : "refused",
      " life=", absl::FormatDuration(plan.token_life),
      " store=", plan.durable ? "durable" : "lossy",
      " troubled=", absl::FormatDuration(plan.troubled), " calm=", absl::FormatDuration(plan.calm),
      plan.refresher ? " refresher" : "", plan.last_successor_only ? " last_successor_only" : "",
      plan.login_renews ? " login_renews" : "",
      plan.second_grant_is_new ? " second_grant_is_new" : "");
}

absl::StatusOr<Plan> ParsePlan(absl::string_view text) {
  Plan plan;
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const Words words = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.empty() || absl::StartsWith(words[0], "#")) continue;
    const absl::Status parsed = ParseLine(words, first, &plan);
    if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat(line, ": ", parsed.message()));
    first = false;
  }
  const auto earlier = [](const Happening& a, const Happening& b) { return a.at < b.at; };
  if (!std::is_sorted(plan.events.begin(), plan.events.end(), earlier)) {
    std::sort(plan.events.begin(), plan.events.end(), earlier);
  }
  return plan;
}

}  // namespace tokenbroker::simulation
