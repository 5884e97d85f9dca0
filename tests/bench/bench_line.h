// What a benchmark found, as a line that a person and a script read:
//
//   hit/plaintext/8x32/h2load/cpu ratio 1.043 target <=1.15 ok  broker_us=31.2 echo_us=29.9
//
// Lines go to standard output and, as JSON objects, one a line, to the end of the file that
// TB_BENCH_JSON names. Any thread, one at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tokenbroker {

// What a line should be.
struct Target {
  enum class Kind { kNone, kAtMost, kAtLeast, kExactly };
  Kind kind = Kind::kNone;
  double value = 0;

  bool IsMetBy(double ratio) const;
  // "<=1.15"; "-" for kNone.
  std::string Text() const;
};

constexpr Target AtMost(double value) { return {Target::Kind::kAtMost, value}; }
constexpr Target AtLeast(double value) { return {Target::Kind::kAtLeast, value}; }
constexpr Target Exactly(double value) { return {Target::Kind::kExactly, value}; }

struct BenchLine {
  // Parts divided by slashes, the benchmark's name first.
  std::string name;
  double ratio = 0;
  Target target = {};
  // What stands behind it, each with its unit at the end of its name.
  std::vector<std::pair<std::string, double>> details = {};
};

void Report(const BenchLine& line);

}  // namespace tokenbroker
