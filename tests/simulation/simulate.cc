// Plays many plans: simulate FIRST_SEED RUNS [first]. Prints what was tried, and each failing seed
// with a plan made as short as it can be; with `first`, the first one alone, as it is.
#include <absl/strings/numbers.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <unordered_set>

#include "base/log.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/world.h"

namespace {

namespace sim = tokenbroker::simulation;

void Report(const sim::Plan& plan, const std::vector<sim::Violation>& violations) {
  std::printf("%s\n", sim::PlanText(plan).c_str());
  for (const sim::Violation& v : violations) {
    const auto name = sim::InvariantName(v.invariant);
    std::printf("  violated: %.*s: %s\n", static_cast<int>(name.size()), name.data(),
                v.what.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t seed = 1;
  uint64_t runs = 1000;
  // Shrinking takes a while, and a fault fails many seeds.
  uint64_t stop_after = 5;
  if (argc > 1 && !absl::SimpleAtoi(argv[1], &seed)) return 2;
  if (argc > 2 && !absl::SimpleAtoi(argv[2], &runs)) return 2;
  const bool only_first = argc > 3 && std::string(argv[3]) == "first";
  if (only_first) stop_after = 1;
  tokenbroker::SetLogLevel(tokenbroker::LogLevel::kError);
  uint64_t played = 0;
  uint64_t steps = 0;
  uint64_t choices = 0;
  uint64_t failed = 0;
  size_t presentations = 0;
  size_t violations = 0;
  std::unordered_set<uint64_t> paths;
  const auto begun = std::chrono::steady_clock::now();
  for (; played < runs && failed < stop_after; ++played) {
    const sim::Plan plan = sim::MakePlan(seed + played);
    const sim::Outcome outcome = sim::Play(plan);
    steps += outcome.steps;
    choices += outcome.choices;
    presentations += outcome.history.presentations.size();
    violations += outcome.violations.size();
    paths.insert(outcome.path);
    if (outcome.violations.empty()) continue;
    ++failed;
    Report(plan, outcome.violations);
    if (only_first) continue;
    const sim::Plan shorter = sim::Shrink(plan, outcome.violations.front().invariant);
    std::printf("  shrunk from %zu to %zu events:\n", plan.events.size(), shorter.events.size());
    for (const sim::Happening& event : shorter.events) {
      std::printf("    %s\n", sim::EventText(event).c_str());
    }
    std::printf("%s", sim::TraceText(sim::Play(shorter).history).c_str());
    std::fflush(stdout);
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
