// Plays many plans:
//   simulate FIRST_SEED RUNS [first]           as the seeds draw them
//   simulate crowded FIRST_SEED RUNS [first]   short ones in which much happens at once
//   simulate plan FILE RUNS [first]            the one in FILE, by its seed and those after it
//   simulate trace FILE                        the same, once, with all that happens in it
// Prints what was tried, and each failing seed with a plan made as short as it can be; with
// `first`, the first one alone, as it is.
#include <absl/functional/function_ref.h>
#include <absl/strings/numbers.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <unordered_set>

#include "base/log.h"
#include "tests/simulation/plan_text.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/world.h"

namespace {

namespace sim = tokenbroker::simulation;

void ReportViolations(const std::vector<sim::Violation>& violations) {
  for (const sim::Violation& v : violations) {
    const auto name = sim::InvariantName(v.invariant);
    std::printf("  violated: %.*s: %s\n", static_cast<int>(name.size()), name.data(),
                v.what.c_str());
  }
}

void Report(const sim::Plan& plan, const std::vector<sim::Violation>& violations) {
  std::printf("%s\n", sim::PlanText(plan).c_str());
  ReportViolations(violations);
}

void ReportShort(const sim::Plan& plan, sim::Invariant invariant) {
  const sim::Plan shorter = sim::Shrink(plan, invariant);
  std::printf("  shrunk from %zu to %zu events:\n", plan.events.size(), shorter.events.size());
  for (const sim::Happening& event : shorter.events) {
    std::printf("    %s\n", sim::EventText(event).c_str());
  }
  const sim::Outcome outcome = sim::Play(shorter);
  std::printf("%s", sim::TraceText(outcome.history).c_str());
  ReportViolations(outcome.violations);
  std::fflush(stdout);
}

enum class Reports { kShortened, kFirstAsItIs };

// The exit code.
int PlayAll(uint64_t runs, Reports reports, absl::FunctionRef<sim::Plan(uint64_t)> plan_of) {
  // Shrinking takes a while, and a fault fails many seeds.
  const uint64_t stop_after = reports == Reports::kShortened ? 5 : 1;
  uint64_t played = 0;
  uint64_t steps = 0;
  uint64_t choices = 0;
  uint64_t failed = 0;
  size_t presentations = 0;
  size_t violations = 0;
  std::unordered_set<uint64_t> paths;
  const auto begun = std::chrono::steady_clock::now();
  for (; played < runs && failed < stop_after; ++played) {
    const sim::Plan plan = plan_of(played);
    const sim::Outcome outcome = sim::Play(plan);
    steps += outcome.steps;
    choices += outcome.choices;
    presentations += outcome.history.presentations.size();
    violations += outcome.violations.size();
    paths.insert(outcome.path);
    if (outcome.violations.empty()) continue;
    ++failed;
    Report(plan, outcome.violations);
    if (reports == Reports::kShortened) ReportShort(plan, outcome.violations.front().invariant);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf(
      "runs: %llu  steps: %llu  choices: %llu  interleavings: %zu  presentations: %zu  "
      "failing runs: %llu  seconds: %.1f\n",
      static_cast<unsigned long long>(played), static_cast<unsigned long long>(steps),
      static_cast<unsigned long long>(choices), paths.size(), presentations,
      static_cast<unsigned long long>(failed), took.count());
  std::printf("violations: %zu\n", violations);
  return failed == 0 ? 0 : 1;
}

enum class Wants { kVerdict, kTrace };

int PlayFile(const std::string& path, uint64_t runs, Reports reports, Wants wants) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const absl::StatusOr<sim::Plan> plan = sim::ParsePlan(text.str());
  if (!file || !plan.ok()) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), std::string(plan.status().message()).c_str());
    return 2;
  }
  if (wants == Wants::kTrace) {
    const sim::Outcome outcome = sim::Play(*plan);
    std::printf("%s", sim::TraceText(outcome.history).c_str());
    Report(*plan, outcome.violations);
    return outcome.violations.empty() ? 0 : 1;
  }
  return PlayAll(runs, reports, [&plan](uint64_t run) {
    sim::Plan played = *plan;
    played.seed += run;
    return played;
  });
}

int Misused() {
  std::fputs(
      "usage: simulate [crowded] [SEED [RUNS]] [first]\n"
      "       simulate plan|trace FILE [RUNS] [first]\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  tokenbroker::SetLogLevel(tokenbroker::LogLevel::kError);
  auto reports = Reports::kShortened;
  if (!words.empty() && words.back() == "first") {
    reports = Reports::kFirstAsItIs;
    words.pop_back();
  }
  const std::string kind = words.empty() ? "" : words[0];
  const bool crowded = kind == "crowded";
  const bool traced = kind == "trace";
  const bool plan = kind == "plan" || traced;
  if (crowded || plan) words.erase(words.begin());
  uint64_t runs = 1000;
  if (words.size() > 2 || (plan && words.empty())) return Misused();
  if (words.size() > 1 && !absl::SimpleAtoi(words[1], &runs)) return Misused();
  if (plan) return PlayFile(words[0], runs, reports, traced ? Wants::kTrace : Wants::kVerdict);
  uint64_t seed = 1;
  if (!words.empty() && !absl::SimpleAtoi(words[0], &seed)) return Misused();
  return PlayAll(runs, reports, [&](uint64_t run) {
    return crowded ? sim::MakeCrowdedPlan(seed + run) : sim::MakePlan(seed + run);
  });
}
